import { useEffect, useRef, useState } from "react";

import { useSite } from "../../shared/api/site";
import type { Site } from "../../shared/api/types";
import { clock, isKey, robotLabel } from "../../shared/i18n/texts";
import { dayAndTime } from "../../shared/i18n/times";
import { beside, grouped, type Mark } from "./marks";
import { useOwnTexts } from "./own_texts";

/** px: a finger finds a mark of this width. */
const WIDTH = 28;
const DAY_S = 86_400;

/** Alarms and comments along the time line; a press goes to the moment, the next one to the next of a group. */
export function MarkLine({ marks, begin, end, now, onGo }: { marks: readonly Mark[]; begin: number; end: number; now: number; onGo: (t: number) => void }) {
  const { t } = useOwnTexts();
  const { time, describe } = useDescription(begin, end);
  const [box, width] = useWidth();
  const groups = grouped(marks, begin, end, WIDTH / Math.max(WIDTH, width));
  return (
    <div className="mark-line" ref={box} role="group" aria-label={t("replay.marks")} data-testid="mark-line">
      {groups.map(({ at, kind, marks: some }) => {
        const [first, last] = [some[0], some.at(-1)];
        if (first === undefined || last === undefined) return null;
        const said = some.length === 1 ? describe(first) : t("replay.group", { count: some.length, from: time(first.t), to: time(last.t), first: describe(first) });
        const next = beside(some, now, 1) ?? first;
        return (
          <button key={first.t} type="button" className={`time-mark time-mark-${kind}`} style={{ left: `${100 * at}%` }} aria-label={said} title={said} onClick={() => onGo(next.t)}>
            <Sign kind={kind} />
            {some.length > 1 && <span>{some.length}</span>}
          </button>
        );
      })}
    </div>
  );
}

/** A shape for each, so that nobody needs to tell colours apart. */
function Sign({ kind }: { kind: Mark["kind"] }) {
  const path = { critical: "M8 1l7 14H1z", warning: "M8 1l7 7-7 7-7-7z", comment: "M1 2h14v9H7l-4 4v-4H1z" }[kind];
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** When a mark is and what it says; with the day where the line is longer than one. */
export function useDescription(begin: number, end: number): { time: (t: number) => string; describe: (mark: Mark) => string } {
  const texts = useOwnTexts();
  const site = useSite();
  const long = end - begin > DAY_S;
  const time = (t: number): string => (long ? dayAndTime(t, (day) => texts.t("replay.simulated_day", { day })) : clock(t));
  const said = (mark: Mark): string => {
    if (mark.kind === "comment") return texts.t("replay.comment_by", { user: mark.comment.user, text: mark.comment.text });
    return `${texts.t(`replay.severity.${mark.kind}`)}: ${alarmSentence(mark, texts, site)}`;
  };
  return { time, describe: (mark) => `${time(mark.t)} · ${said(mark)}` };
}

type AlarmMark = Extract<Mark, { alarm: unknown }>;

function alarmSentence({ alarm }: AlarmMark, { t, code }: ReturnType<typeof useOwnTexts>, site: Site | undefined): string {
  const past = `past.${alarm.code}`; // where the sentence needs facts that only the open alarm has
  return isKey(past) ? t(past, { robot: robotLabel(alarm.robot), order_id: alarm.order_id }) : code(alarm.code, { robot: alarm.robot, order_id: alarm.order_id }, site);
}

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
