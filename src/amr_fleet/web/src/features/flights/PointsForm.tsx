import { Button, NumberInput, Select } from "@mantine/core";
import { useState } from "react";

import { useSite } from "../../shared/api/site";
import type { Point3 } from "./api";
import { useOwnTexts } from "./own_texts";

const MOST = 200;

/** The points of an inspection: above a place, or by their coordinates; each with the height to look from. */
export function PointsForm({ points, change, missing }: { points: readonly Point3[]; change: (points: Point3[]) => void; missing: boolean }) {
  const { t, num, place, decimal } = useOwnTexts();
  const site = useSite();
  const [x, setX] = useState<number | string>("");
  const [y, setY] = useState<number | string>("");
  const [z, setZ] = useState<number | string>(5);
  const whole = x !== "" && y !== "" && z !== "";
  const go = (id: string | null): void => {
    const spot = site?.places.find((one) => one.id === id)?.stations[0];
    if (spot === undefined) return;
    setX(Math.round(spot.x * 10) / 10);
    setY(Math.round(spot.y * 10) / 10);
  };
  const axis = (label: string, value: number | string, set: (value: number | string) => void) => <NumberInput label={label} decimalSeparator={decimal} decimalScale={1} hideControls value={value} onChange={set} />;
  return (
    <>
      <Select label={t("flights.point_place")} placeholder={t("flights.point_place_hint")} searchable clearable data={site?.places.map((one) => ({ value: one.id, label: place(one.id, site) })) ?? []} onChange={go} />
      <div className="flights-axes">
        {axis(t("flights.point_x"), x, setX)}
        {axis(t("flights.point_y"), y, setY)}
        {axis(t("flights.point_z"), z, setZ)}
      </div>
      <Button variant="default" disabled={!whole || points.length >= MOST} onClick={() => change([...points, [Number(x), Number(y), Number(z)]])}>
        {t("flights.point_add")}
      </Button>
      {points.length > 0 && (
        <ol className="flights-list" aria-label={t("flights.points")}>
          {points.map(([px, py, pz], i) => (
            <li key={`${i} ${px} ${py} ${pz}`}>
              <span>{t("flights.point_of", { n: i + 1, x: num(px, 1), y: num(py, 1), z: num(pz, 1) })}</span>
              <button type="button" className="small" aria-label={`${t("flights.point_remove")} P${i + 1}`} onClick={() => change(points.filter((_, at) => at !== i))}>
                {t("flights.point_remove")}
              </button>
            </li>
          ))}
        </ol>
      )}
      {missing && (
        <p className="form-error" role="alert">
          {t("flights.need_point")}
        </p>
      )}
    </>
  );
}
