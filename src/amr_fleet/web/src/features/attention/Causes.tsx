import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import type { Cause, Reason, Snapshot } from "../../shared/api/types";
import { clock, robotLabel, useTexts } from "../../shared/i18n/texts";
import { behind, lower, shownCauses } from "./waits";

const NAMED = 12;

/** Every root of waiting with whom it holds and what ends it, what holds most first. */
export function Causes({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTexts();
  const causes = shownCauses(snapshot.causes);
  return (
    <section className="card causes" data-testid="causes">
      <h3>{t("causes.title")}</h3>
      {causes.length === 0 && <p className="empty">{t("causes.none")}</p>}
      <ul className="wait-list">
        {causes.map((cause) => (
          <CauseRow key={`${cause.reason.code} ${JSON.stringify(cause.reason.facts)}`} cause={cause} now={snapshot.t} />
        ))}
      </ul>
    </section>
  );
}

function CauseRow({ cause, now }: { cause: Cause; now: number }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const held = cause.robots.length + cause.orders.length;
  return (
    <li data-testid={`cause-${cause.reason.code}`}>
      <b>{texts.code(cause.reason.code, cause.reason.facts, site)}</b>
      <span className="row-dim"> · {t("causes.since", { time: clock(cause.reason.since), age: texts.age(now - cause.reason.since) })}</span>
      <div>{t(`ends.${cause.ends}`)}</div>
      <div className="row-dim">
        {t("causes.holds", { who: cause.robots.slice(0, NAMED).map(robotLabel).join(", ") || " " })}
        {cause.orders.slice(0, NAMED).map((order) => (
          <span key={order}>
            {" "}
            <Link href={`/orders/${encodeURIComponent(order)}`}>{order}</Link>
          </span>
        ))}
        {held > 2 * NAMED && ` ${t("causes.more", { count: held - 2 * NAMED })}`}
      </div>
    </li>
  );
}

/** What stands behind a wait, where that is something else. */
export function Root({ reason, root }: { reason: Reason | null; root: Reason | null }) {
  const { t, code } = useTexts();
  const site = useSite();
  const found = behind(reason, root);
  return found === null ? null : <span className="row-line row-dim root-cause">{t("causes.root", { why: lower(code(found.code, found.facts, site)) })}</span>;
}
