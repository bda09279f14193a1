import type { Load, Order, Robot, Site, Station, TempZone, Visit } from "../../shared/api/types";
import { clock, robotLabel, type Texts } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import type { Findable } from "./find";

/** What can be found, made from what the page already has. */

export function robotThings(robots: readonly Robot[], { t }: Texts): Findable[] {
  return robots.map((robot) => ({
    key: `robot ${robot.name}`,
    kind: "robot",
    title: robotLabel(robot.name),
    detail: t(`status.${robot.status}`),
    href: `/robots/${encodeURIComponent(robot.name)}`,
    words: [robot.name],
  }));
}

export function orderThings(orders: readonly Order[], texts: Texts, site: Site | undefined): Findable[] {
  return orders.map((order) => {
    const [pick, drop] = [texts.place(order.pick_place, site), texts.place(order.drop_place, site)];
    return {
      key: `order ${order.order_id}`,
      kind: "order",
      title: order.order_id,
      detail: [texts.t(`order.state.${order.state}`), `${pick} → ${drop}`, order.reference].filter((part) => part !== "").join(" · "),
      href: `/orders/${encodeURIComponent(order.order_id)}`,
      words: [order.reference, order.load_id, robotLabel(order.robot), order.pick_place, order.drop_place, pick, drop, order.cutoff],
    };
  });
}

export function loadThings(loads: readonly Load[], { t }: Texts): Findable[] {
  return loads.map((load) => ({
    key: `load ${load.load_id}`,
    kind: "load",
    title: load.load_id,
    detail: [t(`cargo.kind.${load.kind === "" ? "none" : load.kind}`), load.lot, load.container, load.customer].filter((part) => part !== "").join(" · "),
    href: `/cargo/${encodeURIComponent(load.load_id)}`,
    words: [load.lot, load.container, load.customer, load.container === "" ? "" : "container"],
  }));
}

export function visitThings(visits: readonly Visit[], { t }: Texts, site: Site | undefined): Findable[] {
  return visits.map((visit) => ({
    key: `visit ${visit.visit_id}`,
    kind: "visit",
    title: visit.name,
    detail: [t(`cutoff.${visit.kind}`), t("book.leaves", { time: stamp(visit.at) }), visit.place].filter((part) => part !== "").join(" · "),
    href: `/visits/${visit.visit_id}`,
    words: [t(`cutoff.${visit.kind}`), visit.place, site?.places.find((place) => place.id === visit.place)?.name_vi ?? ""],
  }));
}

const WORST = ["closed", "hold", "slow"] as const;

/** What was done to a lane, by whom and when; what may be done to one that is open. */
function laneState(id: string, zones: readonly TempZone[], { t }: Texts): string {
  const mine = zones.filter((zone) => zone.elements.includes(id));
  const zone = WORST.map((kind) => mine.find((one) => one.kind === kind)).find((one) => one !== undefined);
  return zone === undefined ? t("search.lane_does") : `${t(`zone.${zone.kind}`)} · ${t("zones.by", { user: zone.user, time: clock(zone.since).slice(0, -3) })}`;
}

/** Lanes, for who may close one. */
export function laneThings(site: Site | undefined, zones: readonly TempZone[], texts: Texts): Findable[] {
  const { t } = texts;
  return (site?.lanes ?? []).map(({ id, points: [from, to] }) => ({
    key: `lane ${id}`,
    kind: "lane",
    title: id,
    detail: laneState(id, zones, texts),
    href: "/",
    lane: id,
    ...(from === undefined || to === undefined ? {} : { spot: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] as const }),
    words: [t("search.kind.lane"), `${t("search.kind.lane")} ${id}`],
  }));
}

export function placeThings(site: Site | undefined, { t, lang }: Texts): Findable[] {
  if (site === undefined) return [];
  const places = site.places.map((place): Findable => {
    const spot = place.stations[0];
    return {
      key: `place ${place.id}`,
      kind: "place",
      title: lang === "vi" ? place.name_vi : place.name_en,
      detail: `${place.id} · ${t(`kind.${place.kind}`)}`,
      href: "/",
      ...(spot === undefined ? {} : { spot: [spot.x, spot.y] as const }),
      words: [place.id, place.name_vi, place.name_en, t(`kind.${place.kind}`), ...place.stations.map((s) => s.id)],
    };
  });
  const stop = (detail: string, { id, x, y }: Station): Findable => ({ key: `place ${id}`, kind: "place", title: id.replaceAll("_", "-"), detail, href: "/", spot: [x, y], words: [id, detail] });
  return [...places, ...site.chargers.map((s) => stop(t("search.charger"), s)), ...site.parking.map((s) => stop(t("search.parking"), s))];
}
