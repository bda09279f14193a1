import { type ReactNode, useEffect, useRef, useState } from "react";

import { serverTime } from "./last";
import { add, flush, type Item } from "./outbox";
import { useWorkTexts } from "./own_texts";

interface Props {
  title: string;
  /** What the button that sends says. */
  label: string;
  ready?: boolean;
  /** What is to be sent, pressed at (Unix seconds of the server). */
  item: (at: number) => Omit<Item, "key" | "user" | "at">;
  user: string;
  close: () => void;
  children: ReactNode;
}

/** "Done" on a phone's keyboard ends the typing; it must not send what has no picture yet. */
function endTyping(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
  event.preventDefault();
  event.target.blur();
}

/** A form whose word or call is written down in the phone first and sent then. */
export function WorkForm({ title, label, ready = true, item, user, close, children }: Props) {
  const t = useWorkTexts();
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const here = form.current;
    here?.addEventListener("keydown", endTyping);
    return () => here?.removeEventListener("keydown", endTyping);
  }, []);
  const send = (): void => {
    if (!ready) return;
    setSending(true);
    const at = serverTime();
    void add({ user, at, ...item(at) }).then(() => {
      close(); // not before: what is typed and photographed is gone then
      return flush(user);
    });
  };
  return (
    <form
      className="work-form"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h2>{title}</h2>
      {children}
      <div className="work-buttons">
        <button type="submit" className="work-button work-strong" disabled={!ready || sending}>
          {label}
        </button>
        <button type="button" className="work-button" onClick={close}>
          {t("form.back")}
        </button>
      </div>
    </form>
  );
}
