import type { TrialBar } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useOwnTexts } from "./own_texts";
import { heldUp } from "./refused";

const SHOWN = 8;

/** Which orders and robots the permit holds up now, and why; bar: the reason that stands above already. */
export function HeldUpNow({ bar }: { bar: TrialBar }) {
  const { t } = useOwnTexts();
  const found = heldUp(useLive((s) => s.panel));
  const listed = (names: string[]): string => names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` ${t("causes.more", { count: names.length - SHOWN })}` : "");
  if (found.length === 0) return null;
  return (
    <ul className="sandbox-list" data-testid="held-up">
      {found.map(({ why, orders, robots }) => (
        <li key={why}>
          {t(why === bar ? "sandbox.held" : `sandbox.bar.${why}`)}
          {orders.length > 0 && ` ${t("sandbox.held_orders", { names: listed(orders) })}`}
          {robots.length > 0 && ` ${t("sandbox.held_robots", { names: listed(robots.map(robotLabel)) })}`}
        </li>
      ))}
    </ul>
  );
}
