import { useSite } from "../../shared/api/site";
import { CLOSED_STATES, type Order, type Reason } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";

/** Why an order stands, and since when while it is open: the same words on every page that shows orders. */
export function ReasonText({ order, reason, now }: { order: Order; reason: Reason; now: number }) {
  const { t, code, age } = useTexts();
  const site = useSite();
  return (
    <>
      {code(reason.code, { order_id: order.order_id, ...reason.facts }, site)}
      {reason.since > 0 && !CLOSED_STATES.includes(order.state) && <span className="row-dim"> · {t("robot.since", { age: age(now - reason.since) })}</span>}
    </>
  );
}
