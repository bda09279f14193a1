import { Button, Checkbox, SegmentedControl } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";

import { useSite } from "../../shared/api/site";
import { Refusal } from "../../shared/ui/Refusal";
import { flightsApi, type FlightTask, type Point3 } from "./api";
import { useFlightCommand } from "./hooks";
import { PointsForm } from "./PointsForm";
import { useOwnTexts } from "./own_texts";

const TASKS: readonly FlightTask[] = ["inventory_flight", "inspect"];

/** Which racks and levels, or which points; the server answers with the plan, which is then looked at and not yet flown. */
export function NewFlight({ places, levels }: { places: readonly string[]; levels: number }) {
  const { t } = useOwnTexts();
  const [, go] = useLocation();
  const [task, setTask] = useState<FlightTask>("inventory_flight");
  const [chosen, setChosen] = useState<string[]>([]);
  const [only, setOnly] = useState<string[]>([]);
  const [points, setPoints] = useState<Point3[]>([]);
  const [tried, setTried] = useState(false);
  const counts = task === "inventory_flight";
  const missing = counts ? chosen.length === 0 : points.length === 0;
  const plan = useFlightCommand(
    () => (counts ? flightsApi.plan(chosen, only.map(Number).sort((a, b) => a - b)) : flightsApi.inspect(points)),
    (made) => {
      setTried(false);
      go(`/flights/${encodeURIComponent(made.flight_id)}`);
    },
    true,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!missing) plan.mutate(undefined);
  };
  return (
    <section className="card" aria-labelledby="flights-new">
      <h3 id="flights-new">{t("flights.new")}</h3>
      <form className="flights-form" onSubmit={submit} noValidate>
        <SegmentedControl aria-label={t("flights.task")} value={task} onChange={(value) => setTask(TASKS.find((one) => one === value) ?? "inventory_flight")} data={TASKS.map((value) => ({ value, label: t(`flights.task.${value}`) }))} />
        {counts ? (
          <Racks places={places} levels={levels} chosen={chosen} choose={setChosen} only={only} restrict={setOnly} missing={tried && missing} />
        ) : (
          <PointsForm points={points} change={setPoints} missing={tried && missing} />
        )}
        <Button type="submit" variant="default" loading={plan.isPending}>
          {t("flights.plan_it")}
        </Button>
        <Refusal error={plan.error} />
      </form>
    </section>
  );
}

interface RacksProps {
  places: readonly string[];
  levels: number;
  chosen: string[];
  choose: (places: string[]) => void;
  only: string[];
  restrict: (levels: string[]) => void;
  missing: boolean;
}

function Racks({ places, levels, chosen, choose, only, restrict, missing }: RacksProps) {
  const { t, place } = useOwnTexts();
  const site = useSite();
  return (
    <>
      <Checkbox.Group label={t("flights.places")} value={chosen} onChange={choose} error={missing ? t("flights.need_place") : undefined}>
        <div className="flights-choices">
          {places.map((id) => (
            <Checkbox key={id} value={id} label={place(id, site)} />
          ))}
        </div>
      </Checkbox.Group>
      <Checkbox.Group label={t("flights.levels")} value={only} onChange={restrict}>
        <div className="flights-choices">
          {Array.from({ length: levels }, (_, i) => (
            <Checkbox key={i} value={String(i + 1)} label={t("flights.level", { level: i + 1 })} />
          ))}
        </div>
      </Checkbox.Group>
    </>
  );
}
