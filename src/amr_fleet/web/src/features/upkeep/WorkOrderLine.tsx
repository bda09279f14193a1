import type { ReactNode } from "react";
import { Link } from "wouter";

import { robotLabel } from "../../shared/i18n/texts";
import type { Level } from "../../shared/live/levels";
import type { WorkOrder } from "./api";
import { isOverdue, urgency } from "./judge";
import { type Own, useOwnTexts } from "./own_texts";
import { useWhen } from "./when";

const MARKS: Record<Level, string> = { red: "mark-red", amber: "mark-amber", waiting: "", normal: "" };

/** What is to be done at a robot: by its counter, or in the words of who saw it. */
export function useWhat(): (one: WorkOrder) => string {
  const { t, num } = useOwnTexts();
  return (one) => (one.rule === "" ? one.text : t(`upkeep.rule.${one.rule}.${one.counter}` as Own, { amount: num(one.amount) }));
}

/** One open work order: what, until when, who. */
export function WorkOrderLine({ one, now, named, children }: { one: WorkOrder; now: number; named?: boolean; children?: ReactNode }) {
  const { t } = useOwnTexts();
  const { at, span } = useWhen();
  const what = useWhat();
  const level = urgency(one, now);
  const left = one.due - now;
  return (
    <li className="upkeep-line" data-testid={`work-${one.work_id}`}>
      <span className={`mark ${MARKS[level]}`} />
      <div className="upkeep-says">
        <span>
          {named === true && (
            <>
              <Link href={`/robots/${encodeURIComponent(one.robot)}`}>{robotLabel(one.robot)}</Link>{" "}
            </>
          )}
          {one.safety && one.rule === "" && <b>{t("upkeep.is_safety")}: </b>}
          {what(one)}
        </span>
        <span>
          {one.due === 0 ? (
            <span className="row-dim">{t("upkeep.no_due")}</span>
          ) : (
            <>
              {t("upkeep.due", { time: at(one.due, now) })} · <span className={level === "normal" ? "" : `text-${level}`}>{isOverdue(one, now) ? t("upkeep.overdue", { age: span(-left) }) : t("upkeep.due_left", { age: span(left) })}</span>
            </>
          )}{" "}
          · {one.owner === "" ? <span className="text-amber">{t("upkeep.nobody")}</span> : t("upkeep.does", { owner: one.owner })}
        </span>
        <span className="row-dim">
          {one.work_id} · {one.rule === "" ? t("upkeep.by", { user: one.opened_by, time: at(one.opened, now) }) : t("upkeep.by_counter", { time: at(one.opened, now) })}
        </span>
        {children}
      </div>
    </li>
  );
}
