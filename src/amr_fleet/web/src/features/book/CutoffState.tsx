import type { Order } from "../../shared/api/types";
import { clock, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import type { Cutoff } from "./api";

/** Orders of a group that are open, and those of them that will not be in time. */
export function groupOf(cutoff: Cutoff, orders: readonly Order[], now: number): { open: number; late: number } {
  const own = orders.filter((o) => o.cutoff === cutoff.name);
  const late = own.filter((o) => (o.late ?? null) !== null || now > cutoff.at || (o.eta ?? 0) > cutoff.at);
  return { open: own.length, late: late.length };
}

/** When it leaves, and how its orders stand. */
export function CutoffState({ cutoff }: { cutoff: Cutoff }) {
  const { t, age } = useTexts();
  const now = useLive((s) => s.panel?.t ?? 0);
  const open = useLive((s) => (s.panel === null ? 0 : groupOf(cutoff, s.panel.orders, s.panel.t).open));
  const late = useLive((s) => (s.panel === null ? 0 : groupOf(cutoff, s.panel.orders, s.panel.t).late));
  const left = cutoff.at - now;
  return (
    <>
      <span>
        {t("book.leaves", { time: clock(cutoff.at).slice(0, -3) })} · {left > 0 ? t("order.left", { age: age(left) }) : t("book.gone")}
      </span>
      <span className={late > 0 ? "text-red" : "row-dim"}>
        {open === 0 ? t("book.group_done") : late > 0 ? t("book.group_late", { open, late }) : t("book.group_open", { open })}
      </span>
    </>
  );
}
