import "./styles.css";

import type { Site } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { floorOf, floorsOf, liftState, robotsOn, useFloor } from "./floors";
import { useFloorTexts } from "./own_texts";

const MOST_NAMES = 3;

/** Which floor the map shows, who is on the others, and where the lifts are. live: false for a map of the past. */
export default function FloorSwitch({ site, live }: { site: Site; live: boolean }) {
  const { lang } = useTexts();
  const t = useFloorTexts();
  const { level, show } = useFloor();
  const panel = useLive((s) => (live ? s.panel : null));
  const chosen = floorOf(site, level);
  const robots = robotsOn(site, panel);
  const nameOf = (thing: { name_vi: string; name_en: string }): string => (lang === "vi" ? thing.name_vi : thing.name_en);
  const who = (names: string[]): string => (names.length > MOST_NAMES ? t("floors.many", { count: names.length }) : names.map(robotLabel).join(", "));
  return (
    <div className="floors">
      <div role="group" aria-label={t("floors.title")} className="floor-buttons">
        {[...floorsOf(site)]
          .sort((a, b) => b.height - a.height)
          .map((floor) => (
            <button key={floor.id} type="button" aria-pressed={floor.id === chosen?.id} onClick={() => show(floor.id)}>
              {nameOf(floor)} <span className="floor-robots">{who(robots.get(floor.id) ?? [])}</span>
            </button>
          ))}
      </div>
      {(panel?.lifts ?? []).map((lift) => {
        const [known, floor] = [site.lifts.find((l) => l.id === lift.lift_id), site.levels.find((f) => f.id === lift.level)];
        return (
          <p key={lift.lift_id} className={lift.dead ? "floor-lift floor-lift-dead" : "floor-lift"}>
            {known === undefined ? lift.lift_id : nameOf(known)}: {floor === undefined ? t("floors.unknown") : nameOf(floor)}, {t(liftState(lift))}
            {lift.robot !== "" && ` · ${robotLabel(lift.robot)}`}
          </p>
        );
      })}
    </div>
  );
}
