import { useEffect, useState } from "react";

import { robotLabel, useTexts } from "../../shared/i18n/texts";
import type { Said, Task, Tasks } from "./api";
import { loadNumber } from "./codes";
import { type Item, waits } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { usePlaces } from "./places";
import { Scan } from "./Scan";

interface ListProps {
  tasks: Tasks;
  /** Unix milliseconds of this phone at which the list came. */
  since: number;
  waiting: Item[];
  say: (task: Task, said: Said) => void;
}

/** What comes and goes here, the next first; a number that is typed or scanned leaves only its own. */
export function TaskList({ tasks, since, waiting, say }: ListProps) {
  const t = useWorkTexts();
  const [code, setCode] = useState("");
  const wanted = loadNumber(code);
  const found = wanted === "" ? tasks.tasks : tasks.tasks.filter((task) => task.load_id === wanted || task.order_id === wanted);
  const seconds = useSecondsSince(since);
  const { name } = usePlaces();
  return (
    <section aria-label={t("tasks")}>
      <Scan label={t("find")} value={code} set={setCode} />
      {found.length === 0 && <p className="empty">{wanted === "" ? t("none") : t("none_code", { code: wanted })}</p>}
      <ul className="work-tasks">
        {found.map((task) => (
          <TaskCard key={`${task.order_id} ${task.side}`} task={task} other={name(task.other_place)} now={tasks.t + seconds * tasks.rtf} rtf={tasks.rtf} unsent={unsentOf(task, waiting)} say={(said) => say(task, said)} />
        ))}
      </ul>
    </section>
  );
}

function unsentOf(task: Task, waiting: Item[]): Said[] {
  return waiting.flatMap((item) => (item.say?.order_id === task.order_id && waits(item) ? [item.say.said] : []));
}

/** Counted on while no newer list comes. */
function useSecondsSince(since: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return Math.max(0, (now - since) / 1000);
}

/** What may be said of a load now; the rest has no button. */
export function sayable(task: Task): Said[] {
  if (task.side === "to") return task.state === "DONE" ? ["taken", "wrong", "damaged"] : [];
  return ["QUEUED", "ASSIGNED", "TO_PICK", "PICKING"].includes(task.state) ? ["ready", "wrong", "damaged"] : [];
}

function TaskCard({ task, other, now, rtf, unsent, say }: { task: Task; other: string; now: number; rtf: number; unsent: Said[]; say: (said: Said) => void }) {
  const t = useWorkTexts();
  const way = task.side === "from" ? "out" : task.state === "DONE" ? "in_done" : "in";
  const told = new Set([...task.said, ...unsent]);
  return (
    <li className="work-task" data-testid={`task-${task.order_id}`}>
      <h2>{task.load_id}</h2>
      <p>{t(way, { place: other })}</p>
      <p className="work-when">
        <When task={task} now={now} rtf={rtf} />
      </p>
      {[...told].map((said) => (
        <p key={said} className={said === "wrong" || said === "damaged" ? "work-note work-bad" : "work-note"}>
          {t(`said.${said}`)}
          {unsent.includes(said) && ` · ${t("unsent_one")}`}
        </p>
      ))}
      <div className="work-buttons">
        {sayable(task)
          .filter((said) => !told.has(said) || said === "wrong" || said === "damaged")
          .map((said) => (
            <button key={said} type="button" className={said === "ready" || said === "taken" ? "work-button work-strong" : "work-button"} onClick={() => say(said)}>
              {t(`say.${said}`)}
            </button>
          ))}
      </div>
    </li>
  );
}

/** Who comes and when; seconds of the fleet's clock are told as seconds of the watch. */
function When({ task, now, rtf }: { task: Task; now: number; rtf: number }) {
  const t = useWorkTexts();
  const { age } = useTexts();
  const robot = robotLabel(task.robot);
  if (task.state === "DONE") return <>{t("since", { age: age((now - task.delivered) / Math.max(rtf, 0.01)) })}</>;
  if (task.held) return <>{t(task.awaits ? "awaits" : "held")}</>;
  if ((task.side === "from" && task.state === "PICKING") || (task.side === "to" && task.state === "DROPPING")) return <>{t("here", { robot })}</>;
  const left = (task.comes - now) / Math.max(rtf, 0.01);
  if (task.robot === "") return <>{task.comes > 0 ? t("no_robot_eta", { age: age(Math.max(60, left)) }) : t("no_robot")}</>;
  if (task.comes <= 0) return <>{t("coming", { robot })}</>;
  return <>{left < 15 ? t("comes_now", { robot }) : t("comes", { robot, age: age(left) })}</>;
}
