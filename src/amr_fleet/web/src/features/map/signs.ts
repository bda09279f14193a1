import type { Lane, Site, Station, XY } from "../../shared/api/types";

/** What the map writes and points out, apart from how it is painted. */

const LEAST_LENGTH_M = 3;
const APART_M = 0.55; // the two heads of a two-way lane do not touch
const STATION_NAMES_FROM = 13; // px per m: below that they would cover each other

export interface Arrow {
  x: number;
  y: number;
  /** rad, counter-clockwise from east. */
  angle: number;
}

/** The heads that tell which way robots drive: one in the middle of each long piece, two apart where they drive both ways. */
export function arrowsOf(lane: Lane): Arrow[] {
  const arrows: Arrow[] = [];
  for (let i = 1; i < lane.points.length; i++) {
    const [ax, ay] = lane.points[i - 1]!;
    const [bx, by] = lane.points[i]!;
    if (Math.hypot(bx - ax, by - ay) < LEAST_LENGTH_M) continue;
    const [x, y, angle] = [(ax + bx) / 2, (ay + by) / 2, Math.atan2(by - ay, bx - ax)];
    const off = lane.two_way ? APART_M : 0;
    arrows.push({ x: x + off * Math.cos(angle), y: y + off * Math.sin(angle), angle });
    if (lane.two_way) arrows.push({ x: x - off * Math.cos(angle), y: y - off * Math.sin(angle), angle: angle + Math.PI });
  }
  return arrows;
}

export interface Name {
  text: string;
  at: XY;
}

/** Names of stations, chargers and parking places, on the side that robots do not look to; none from afar. */
export function stationNames(site: Site, scale: number): Name[] {
  if (scale < STATION_NAMES_FROM) return [];
  const behind = 1.35; // m: outside the outline of the station
  const name = (s: Station): Name => ({ text: s.id.replaceAll("_", "-"), at: [s.x - behind * Math.cos(s.theta), s.y - behind * Math.sin(s.theta)] });
  return [...site.places.flatMap((place) => place.stations), ...site.chargers, ...site.parking].map(name);
}
