import { Button, Checkbox } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";

import { useSite } from "../../shared/api/site";
import { Refusal } from "../../shared/ui/Refusal";
import { flightsApi } from "./api";
import { useFlightCommand } from "./hooks";
import { useOwnTexts } from "./own_texts";

/** Which racks, which levels; the server answers with the plan, which is then looked at and not yet flown. */
export function NewFlight({ places, levels }: { places: readonly string[]; levels: number }) {
  const { t, place } = useOwnTexts();
  const site = useSite();
  const [, go] = useLocation();
  const [chosen, setChosen] = useState<string[]>([]);
  const [only, setOnly] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const plan = useFlightCommand(
    () => flightsApi.plan(chosen, only.map(Number).sort((a, b) => a - b)),
    (made) => {
      setTried(false);
      go(`/flights/${encodeURIComponent(made.flight_id)}`);
    },
    true,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (chosen.length > 0) plan.mutate(undefined);
  };
  return (
    <section className="card" aria-labelledby="flights-new">
      <h3 id="flights-new">{t("flights.new")}</h3>
      <form className="flights-form" onSubmit={submit} noValidate>
        <Checkbox.Group label={t("flights.places")} value={chosen} onChange={setChosen} error={tried && chosen.length === 0 ? t("flights.need_place") : undefined}>
          <div className="flights-choices">
            {places.map((id) => (
              <Checkbox key={id} value={id} label={place(id, site)} />
            ))}
          </div>
        </Checkbox.Group>
        <Checkbox.Group label={t("flights.levels")} value={only} onChange={setOnly}>
          <div className="flights-choices">
            {Array.from({ length: levels }, (_, i) => (
              <Checkbox key={i} value={String(i + 1)} label={t("flights.level", { level: i + 1 })} />
            ))}
          </div>
        </Checkbox.Group>
        <Button type="submit" variant="default" loading={plan.isPending}>
          {t("flights.plan_it")}
        </Button>
        <Refusal error={plan.error} />
      </form>
    </section>
  );
}
