import { useEffect, useState } from "react";

import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import { afterName, behind, lower } from "../attention/waits";
import type { Said, Task, Tasks } from "./api";
import { matching } from "./codes";
import { type Item, type Told, waits } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { usePlaces } from "./places";
import { Scan } from "./Scan";

interface ListProps {
  tasks: Tasks;
  /** Unix milliseconds of this phone at which the list came. */
  since: number;
  /** The list is one of before: the server does not answer now. */
  stale: boolean;
  waiting: Item[];
  told: readonly Told[];
  say: (task: Task, said: Said) => void;
}

/** What comes and goes here, the next first; a number that is typed or scanned leaves only its own. */
export function TaskList({ tasks, since, stale, waiting, told, say }: ListProps) {
  const t = useWorkTexts();
  const [code, setCode] = useState("");
  const found = matching(tasks.tasks, code);
  const seconds = useSecondsSince(since);
  const { name } = usePlaces();
  const clocks: Clocks = { list: tasks, now: tasks.t + seconds * tasks.rtf, stale };
  return (
    <section aria-label={t("tasks")}>
      <Scan label={t("find")} value={code} set={setCode} />
      {found.length === 0 && <p className="empty">{code.trim() === "" ? t("none") : t("none_code", { code: code.trim() })}</p>}
      <ul className="work-tasks">
        {found.map((task) => (
          <TaskCard key={`${task.order_id} ${task.side}`} task={task} other={name(task.other_place)} clocks={clocks} unsent={unsentOf(task, waiting)} arrived={arrivedOf(task, told, since)} say={(said) => say(task, said)} />
        ))}
      </ul>
    </section>
  );
}

function unsentOf(task: Task, waiting: Item[]): Said[] {
  return waiting.flatMap((item) => (item.say?.order_id === task.order_id && waits(item) ? [item.say.said] : []));
}

/** What the server has taken since the list was asked for, which does not have it. */
export function arrivedOf(task: Task, told: readonly Told[], since: number): Said[] {
  return told.flatMap((one) => (one.order_id === task.order_id && one.at >= since ? [one.said] : []));
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

interface Clocks {
  list: Tasks;
  /** Fleet seconds, counted on since the list came. */
  now: number;
  stale: boolean;
}

interface CardProps {
  task: Task;
  other: string;
  clocks: Clocks;
  unsent: Said[];
  arrived: Said[];
  say: (said: Said) => void;
}

function TaskCard({ task, other, clocks, unsent, arrived, say }: CardProps) {
  const t = useWorkTexts();
  const way = task.side === "from" ? "out" : task.state === "DONE" ? "in_done" : "in";
  const told = new Set([...task.said, ...arrived, ...unsent]);
  return (
    <li className="work-task" data-testid={`task-${task.order_id}`}>
      <h2>{task.load_id}</h2>
      <p>{t(way, { place: other })}</p>
      <p className="work-when">
        <When task={task} clocks={clocks} />
      </p>
      {isStuck(task) && <Why task={task} clocks={clocks} />}
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

/** It waits for something of which nobody knows when it ends: a robot that is "on its way" then would never come. */
export function isStuck(task: Task): boolean {
  return task.state !== "DONE" && !task.held && task.comes <= 0 && task.reason !== null;
}

/** Fleet seconds as seconds of the watch. */
const ofWatch = (seconds: number, list: Tasks): number => seconds / Math.max(list.rtf, 0.01);

/** Who comes and when; of a list of before it says of when that is, and does not count down. */
function When({ task, clocks }: { task: Task; clocks: Clocks }) {
  const t = useWorkTexts();
  const said = useWhen(task, clocks);
  return <>{clocks.stale && task.state !== "DONE" ? t("was", { time: stamp(clocks.list.unix), what: said }) : said}</>;
}

function useWhen(task: Task, { list, now, stale }: Clocks): string {
  const t = useWorkTexts();
  const { age } = useTexts();
  const robot = robotLabel(task.robot);
  if (task.state === "DONE") return t("since", { age: age(ofWatch(now - task.delivered, list)) });
  if (task.held) return t(task.awaits ? "awaits" : "held");
  if ((task.side === "from" && task.state === "PICKING") || (task.side === "to" && task.state === "DROPPING")) return t("here", { robot });
  if (task.comes <= 0) return task.robot === "" ? t("no_robot") : t(isStuck(task) ? "stuck" : "coming", { robot });
  if (stale) return t(task.robot === "" ? "no_robot_at" : "comes_at", { robot, time: stamp(list.unix + ofWatch(task.comes - list.t, list)) });
  const left = ofWatch(task.comes - now, list);
  if (task.robot === "") return t("no_robot_eta", { age: age(Math.max(60, left)) });
  return left < 15 ? t("comes_now", { robot }) : t("comes", { robot, age: age(left) });
}

/** Why it does not get on, what is behind that, and since when. */
function Why({ task, clocks }: { task: Task; clocks: Clocks }) {
  const t = useWorkTexts();
  const { t: common, age, code } = useTexts();
  const site = { places: usePlaces().all };
  if (task.reason === null) return null;
  const root = behind(task.reason, task.root);
  const why = afterName(robotLabel(task.robot), code(task.reason.code, { ...(task.robot !== "" && { robot: task.robot }), ...task.reason.facts }, site));
  const since = ofWatch((clocks.stale ? clocks.list.t : clocks.now) - task.reason.since, clocks.list);
  return (
    <p className="work-note">
      {t("why", { why, age: age(since) })}
      {root !== null && `; ${lower(common("causes.root", { why: lower(code(root.code, root.facts, site)) }))}`}
    </p>
  );
}
