interface Spot {
  x: number | null;
  y: number | null;
}
interface Stood {
  id: string;
  stations: readonly { x: number; y: number }[];
}

const NEAR_M = 15;

/** The place that is nearest to a point, if one is near enough for a person to find it by that name. */
export function nearest(point: Spot, places: readonly Stood[]): string | undefined {
  let best: string | undefined;
  let least = NEAR_M;
  for (const place of places) {
    const away = Math.min(...place.stations.map((one) => Math.hypot(one.x - (point.x ?? 0), one.y - (point.y ?? 0))));
    if (away <= least) [best, least] = [place.id, away];
  }
  return best;
}
