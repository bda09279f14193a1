import { useRef, useState } from "react";

import type { Task } from "./api";
import { loadNumber } from "./codes";
import { useWorkTexts } from "./own_texts";
import { Photos } from "./Photos";
import { Scan } from "./Scan";
import { WorkForm } from "./WorkForm";

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
  const [opening, setOpening] = useState(false);
  const pictures = useRef<() => string[]>(() => []);
  return (
    <WorkForm
      title={t(`form.${said}`, { load: task.load_id })}
      label={t("form.send")}
      ready={!opening}
      item={(at) => ({
        load: task.load_id,
        say: { order_id: task.order_id, said, place, at, read: loadNumber(read), text: text.trim(), photos: [] },
        photos: pictures.current(),
      })}
      user={user}
      close={close}
    >
      <Photos
        opening={setOpening}
        read={(pending) => {
          pictures.current = pending;
        }}
      />
      <Scan label={t("form.code")} value={read} set={setRead} />
      <label className="work-text">
        <span>{t("form.text")}</span>
        <input value={text} maxLength={64} onChange={(event) => setText(event.currentTarget.value)} />
      </label>
    </WorkForm>
  );
}
