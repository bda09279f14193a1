import { useRef, useState } from "react";

import type { Task } from "./api";
import { serverTime } from "./last";
import { add, flush } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { Photos } from "./Photos";
import { Scan } from "./Scan";

interface Props {
  user: string;
  place: string;
  task: Task;
  said: "wrong" | "damaged";
  close: () => void;
}

/** What is wrong with a load: the code that is on it, pictures, a line of text. */
export function SayForm({ user, place, task, said, close }: Props) {
  const t = useWorkTexts();
  const [read, setRead] = useState("");
  const [text, setText] = useState("");
  const pictures = useRef<() => string[]>(() => []);
  const [sending, setSending] = useState(false);
  const send = (): void => {
    setSending(true);
    const at = serverTime();
    const say = { order_id: task.order_id, said, place, at, read: read.trim(), text: text.trim(), photos: [] };
    void add({ user, at, load: task.load_id, say, photos: pictures.current() }).then(() => {
      close(); // not before: what is typed and photographed is gone then
      return flush(user);
    });
  };
  return (
    <form
      className="work-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h2>{t(`form.${said}`, { load: task.load_id })}</h2>
      <Photos
        read={(pending) => {
          pictures.current = pending;
        }}
      />
      <Scan label={t("form.code")} value={read} set={setRead} />
      <label className="work-text">
        <span>{t("form.text")}</span>
        <input value={text} maxLength={64} onChange={(event) => setText(event.currentTarget.value)} />
      </label>
      <div className="work-buttons">
        <button type="submit" className="work-button work-strong" disabled={sending}>
          {t("form.send")}
        </button>
        <button type="button" className="work-button" onClick={close}>
          {t("form.back")}
        </button>
      </div>
    </form>
  );
}
