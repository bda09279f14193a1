import type { TempZone } from "../../shared/api/types";

/** The zones that a camera has set, or the fleet for it: they are called camera:<camera>:<event>. */
export function heldBy(camera: string, zones: readonly TempZone[]): TempZone[] {
  return zones.filter((zone) => zone.zone_id.startsWith(`camera:${camera}:`)).sort((a, b) => a.since - b.since || a.zone_id.localeCompare(b.zone_id));
}

/** The area that a zone of a camera is for: its text is "<camera> <area>". */
export function areaOf(zone: Pick<TempZone, "text">): string {
  return zone.text.split(" ").slice(1).join(" ");
}
