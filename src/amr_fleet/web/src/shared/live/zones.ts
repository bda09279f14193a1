import type { TempZone } from "../api/types";

/** A camera set it, renews it every 2 s while it sees something, and lifts it by itself. */
export function byCamera(zone: TempZone): boolean {
  return zone.code.startsWith("camera.");
}

/** People know a zone by its reason, not by its id; one of a camera (its text is camera and area) by the camera. */
export function zoneName(zone: TempZone): string {
  return byCamera(zone) ? `Camera ${zone.text.split(" ")[0] ?? ""}` : zone.text || zone.zone_id;
}
