import type { Site } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import type { TrialSimulation } from "./api";
import { useOwnTexts } from "./own_texts";
import { byPick } from "./sketch";

const LONGER_SHOWN = 5;
const REASONS = ["outside", "no_way", "no_return"] as const;

/** What the permit would refuse, most important first. */
export function Simulated({ found, site }: { found: TrialSimulation; site: Site }) {
  const { t, num, place } = useOwnTexts();
  const name = (id: string): string => place(id, site);
  const nothing = found.out_of_reach.length + found.robots.length + found.orders_refused + found.ways_refused === 0;
  return (
    <div className="plan-found" data-testid="simulated">
      <p className={nothing ? "plan-good" : "text-amber"}>
        <b>{nothing ? t("plan.nothing", { stations: found.stations, ways: found.ways }) : t("plan.out_of_reach", { count: found.out_of_reach.length, all: found.stations })}</b>
      </p>
      {REASONS.map((why) => {
        const stations = found.out_of_reach.filter((one) => one.why === why).map((one) => one.station);
        return stations.length === 0 ? null : <p key={why}>{`${t(`plan.why.${why}`)}: ${stations.join(", ")}`}</p>;
      })}
      {found.robots.length > 0 && <p className="text-red">{t("plan.robots", { robots: found.robots.map(robotLabel).join(", ") })}</p>}
      {found.orders.length > 0 && (
        <>
          <h4>{t("plan.orders", { count: found.orders_refused, all: found.orders_open })}</h4>
          <ul className="sandbox-list" data-testid="refused-orders">
            {found.orders.map((order) => (
              <li key={order.order_id}>{`${order.order_id}: ${name(order.pick_place)} → ${name(order.drop_place)}`}</li>
            ))}
          </ul>
        </>
      )}
      {found.refused.length > 0 && (
        <details data-testid="refused-ways">
          <summary>{t("plan.ways", { count: found.ways_refused, all: found.ways })}</summary>
          <ul className="sandbox-list">
            {byPick(found.refused).map(([pick, drops]) => (
              <li key={pick}>{`${name(pick)} → ${drops.map(name).join(", ")}`}</li>
            ))}
          </ul>
        </details>
      )}
      {found.ways_stranding > 0 && <p className="text-red">{t("plan.stranding", { count: found.ways_stranding })}</p>}
      {found.longer.length > 0 && (
        <>
          <h4>{t("plan.longer", { count: found.ways_longer })}</h4>
          <ul className="sandbox-list">
            {found.longer.slice(0, LONGER_SHOWN).map((way) => (
              <li key={`${way.pick_place} ${way.drop_place}`}>
                {t("plan.longer_one", { pick: name(way.pick_place), drop: name(way.drop_place), before: num(way.before), after: num(way.after) })}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
