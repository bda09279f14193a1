import { useSite } from "../../shared/api/site";
import { clock, robotLabel } from "../../shared/i18n/texts";
import type { Outcome, OutcomeOrder, WhatIfAnswer } from "./api";
import { followed } from "./effect";
import { type OwnTexts, useOwnTexts } from "./own_texts";

const SAME_S = 5;

/** Before and after, side by side, and each order. */
export function Answer({ answer }: { answer: WhatIfAnswer }) {
  const texts = useOwnTexts();
  const { t, age, num } = texts;
  const { before, after } = answer;
  const only = followed(before, after);
  if (only === 0) return <p className="warning" data-testid="whatif-answer">{t("whatif.nothing_seen")}</p>;
  const rows: [string, string, string, boolean][] = [
    [t("whatif.finish"), finish(before, answer.now, texts), finish(after, answer.now, texts), after.complete && (after.finish === 0 || after.finish > before.finish + SAME_S)],
    [t("whatif.robots"), num(before.robots), num(after.robots), after.robots < before.robots],
    [t("whatif.late"), num(before.late), num(after.late), after.late > before.late],
    [t("whatif.stuck"), num(before.stuck), num(after.stuck), after.stuck > before.stuck],
  ];
  return (
    <div className="cards whatif-answer" data-testid="whatif-answer">
      <section className="card">
        <table className="table compare">
          <thead>
            <tr>
              <th />
              <th className="num">{t("whatif.now")}</th>
              <th className="num">{t("whatif.changed")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, was, is, worse]) => (
              <tr key={name}>
                <td>{name}</td>
                <td className="num">{was}</td>
                <td className={worse ? "num text-amber" : "num"}>{is}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {only !== null && <p className="warning">{t("whatif.partial", { age: age(only) })}</p>}
        {after.left_out.length > 0 && <p className="hint">{t("whatif.left_out", { robots: after.left_out.map(robotLabel).join(", ") })}</p>}
        <p className="hint">{t("whatif.took", { simulated: age(before.simulated_s + after.simulated_s), cpu: num(before.cpu_s + after.cpu_s, 1) })}</p>
      </section>
      <section className="card card-wide">
        <h3>{t("whatif.orders")}</h3>
        <Orders before={before} after={after} texts={texts} />
      </section>
    </div>
  );
}

function finish(o: Outcome, now: number, { t, age }: OwnTexts): string {
  if (o.orders.length === 0) return "–";
  return o.finish > 0 ? `${clock(o.finish).slice(0, -3)} (+${age(o.finish - now)})` : t(o.complete ? "whatif.unfinished" : "whatif.not_seen");
}

function Orders({ before, after, texts }: { before: Outcome; after: Outcome; texts: OwnTexts }) {
  const { t } = texts;
  const site = useSite();
  const was = new Map(before.orders.map((o) => [o.order_id, o]));
  if (after.orders.length === 0) return <p className="empty">{t("whatif.no_orders")}</p>;
  return (
    <div className="table-box">
      <table className="table table-cards">
        <thead>
          <tr>
            <th>{t("whatif.order")}</th>
            <th>{t("orders.col.way")}</th>
            <th className="num">{t("whatif.now")}</th>
            <th className="num">{t("whatif.changed")}</th>
            <th className="num">{t("whatif.difference")}</th>
          </tr>
        </thead>
        <tbody>
          {after.orders.map((o) => (
            <tr key={o.order_id}>
              <td>{o.is_new ? t("whatif.new_order", { number: o.order_id.slice(1) }) : o.order_id}</td>
              <td>
                {texts.place(o.pick_place, site)} → {texts.place(o.drop_place, site)}
              </td>
              <td className="num">{time(was.get(o.order_id))}</td>
              <td className={o.stuck !== "" || o.late ? "num text-red" : "num"}>{o.stuck === "" ? time(o) : t("whatif.none")}</td>
              <td className="num">{difference(was.get(o.order_id), o, texts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function time(o: OutcomeOrder | undefined): string {
  return o === undefined || o.finish === 0 ? "–" : clock(o.finish).slice(0, -3);
}

function difference(was: OutcomeOrder | undefined, is: OutcomeOrder, { t, age, code }: OwnTexts): string {
  if (is.stuck !== "") return is.root === null ? t(is.stuck) : code(is.root.code, is.root.facts);
  if (was === undefined || was.finish === 0 || is.finish === 0) return "";
  const seconds = is.finish - was.finish;
  if (Math.abs(seconds) < SAME_S) return t("whatif.same");
  return seconds > 0 ? t("whatif.later", { age: age(seconds) }) : t("whatif.sooner", { age: age(-seconds) });
}
