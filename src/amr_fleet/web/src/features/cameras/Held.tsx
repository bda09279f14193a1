import type { CameraState } from "../../shared/api/types";
import { useLive } from "../../shared/live/live";
import { areaOf, heldBy } from "./held";
import { useOwnTexts } from "./own_texts";
import { useBlindness } from "./words";

/** The areas that a camera guards, and those that are held or slowed for it now. */
export function Held({ camera }: { camera: CameraState }) {
  const { t, age, num } = useOwnTexts();
  const { event } = useBlindness();
  const zones = useLive((s) => s.panel?.zones);
  const now = useLive((s) => s.panel?.t ?? 0);
  const held = heldBy(camera.id, zones ?? []);
  return (
    <>
      {held.length === 0 && <p className="row-dim">{t("camera.holds_nothing")}</p>}
      {held.length > 0 && (
        <ul className="camera-holds" data-testid="camera-holds">
          {held.map((zone) => (
            <li key={zone.zone_id}>
              <b className="text-amber">
                {zone.kind === "slow" ? t("camera.slows", { area: areaOf(zone), speed: num(zone.max_speed, 1) }) : t("camera.stops", { area: areaOf(zone) })}
              </b>{" "}
              <span>{event(zone.code)}</span> <span className="row-dim">· {t("robot.since", { age: age(now - zone.since) })}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="row-dim">
        {t("camera.areas")} {camera.areas.map((area) => (area.name === "view" ? t("camera.whole_view") : area.max_speed > 0 ? t("camera.area_slow", { area: area.name, speed: num(area.max_speed, 1) }) : t("camera.area_hold", { area: area.name }))).join("; ") || "–"}
      </p>
    </>
  );
}
