import type { Order } from "../../shared/api/types";
import { clock, useTexts } from "../../shared/i18n/texts";

/** The time an order must be done, and how far away that is. */
export function DeadlineText({ order, now }: { order: Order; now: number }) {
  const { t, age } = useTexts();
  if (order.deadline <= 0) return <>–</>;
  const at = order.finished > 0 ? order.finished : now;
  const late = at > order.deadline;
  const left = late ? t("order.late", { age: age(at - order.deadline) }) : order.finished > 0 ? "" : t("order.left", { age: age(order.deadline - at) });
  return (
    <span className="nowrap">
      {clock(order.deadline).slice(0, -3)}
      {left !== "" && ` · ${left}`}
    </span>
  );
}
