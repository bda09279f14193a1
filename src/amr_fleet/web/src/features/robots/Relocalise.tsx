import { Button, Select } from "@mantine/core";
import { useEffect, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useSite } from "../../shared/api/site";
import type { Robot, Site, Station } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { ask, note } from "../../shared/ui/dialogs";
import { NumberField } from "../../shared/ui/NumberField";
import { Refusal } from "../../shared/ui/Refusal";
import { useDrawing } from "../map/drawing";
import { robotsApi } from "./api";

const DEGREE = Math.PI / 180;

interface Pose {
  x: number;
  y: number;
  /** Degrees, counter-clockwise from east: what people read off a map. */
  heading: number;
}

const round = (v: number): number => Math.round(v * 100) / 100;
const poseOf = (s: Station): Pose => ({ x: round(s.x), y: round(s.y), heading: Math.round(s.theta / DEGREE) });

function believedPose(robot: Pick<Robot, "x" | "y" | "theta">): Pose {
  return { x: round(robot.x ?? 0), y: round(robot.y ?? 0), heading: Math.round((robot.theta ?? 0) / DEGREE) };
}

function stationsOf(site: Site | undefined): Station[] {
  return site === undefined ? [] : [...site.places.flatMap((p) => p.stations), ...site.parking, ...site.chargers];
}

/** Tell a standing robot where it is: by the station it stands on, by an arrow on the map, or by numbers. */
export function Relocalise({ robot, onDraw }: { robot: Robot; onDraw: (() => void) | undefined }) {
  const { t } = useTexts();
  const site = useSite();
  const start = useDrawing((s) => s.start);
  // Until somebody says where it is: where it believes to be now, not where it was when this page was opened.
  const [said, setPose] = useState<Pose | null>(null);
  const pose = said ?? believedPose(robot);
  const set = useCommand(
    () => robotsApi.relocalise(robot.name, pose.x, pose.y, pose.heading * DEGREE),
    () => note(t("robot.relocalised", { robot: robotLabel(robot.name) })),
    true,
  );
  useEffect(
    () =>
      useDrawing.subscribe(({ pose: drawn, clear }) => {
        if (drawn === null) return;
        const { from, to } = drawn;
        setPose({ x: round(from[0]), y: round(from[1]), heading: Math.round(Math.atan2(to[1] - from[1], to[0] - from[0]) / DEGREE) });
        clear();
      }),
    [],
  );
  const stations = stationsOf(site);
  const press = async (): Promise<void> => {
    const body = t("robot.relocalise_body", { x: pose.x, y: pose.y, heading: pose.heading });
    if (await ask({ title: t("robot.relocalise_title", { robot: robotLabel(robot.name) }), body, confirm: t("robot.relocalise") })) set.mutate(undefined);
  };
  const number = (name: keyof Pose, label: string) => (
    <NumberField label={label} decimalScale={2} value={pose[name]} otherwise={0} onChange={(v) => setPose({ ...pose, [name]: v })} />
  );
  return (
    <section>
      <h3>{t("robot.relocalise")}</h3>
      <div className="relocalise">
        <Select
          className="relocalise-station"
          label={t("robot.at_station")}
          searchable
          data={stations.map((s) => s.id)}
          onChange={(id) => {
            const station = stations.find((s) => s.id === id);
            if (station !== undefined) setPose(poseOf(station));
          }}
        />
        {number("x", "x (m)")}
        {number("y", "y (m)")}
        {number("heading", t("robot.heading"))}
      </div>
      <div className="button-row">
        {onDraw !== undefined && (
          <Button
            variant="default"
            onClick={() => {
              start("pose");
              onDraw();
            }}
          >
            {t("robot.draw_pose")}
          </Button>
        )}
        <Button loading={set.isPending} onClick={() => void press()}>
          {t("robot.relocalise")}
        </Button>
      </div>
      <Refusal error={set.error} />
    </section>
  );
}
