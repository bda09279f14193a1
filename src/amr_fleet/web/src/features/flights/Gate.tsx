import { Button, Checkbox, NumberInput, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useSite } from "../../shared/api/site";
import { note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { type Flight, flightsApi, type PilotChecklist } from "./api";
import { type GateRow, gateRows, mayStart } from "./gate";
import { useFlightCommand } from "./hooks";
import { useOwnTexts } from "./own_texts";

const SIGN = { met: "✓", refused: "✗", unknown: "?" } as const;
const LICENCES = ["instrument", "visual", "none"] as const;

/** Every condition of a take-off with its reason, and the pilot's checklist, which is the last of them. */
export function Gate({ flight, form }: { flight: Flight; form: boolean }) {
  const { t } = useOwnTexts();
  const rows = gateRows(flight.gate);
  const open = rows.filter((row) => row.state !== "met").length;
  return (
    <section className="card" aria-labelledby="flights-gate" data-testid="gate">
      <h3 id="flights-gate">{t("flights.gate")}</h3>
      <p className={open > 0 ? "lead text-amber" : "lead"}>{open > 0 ? t("flights.gate_open", { count: open }) : t("flights.gate_ready")}</p>
      <ul className="flights-gate">
        {rows.map((row, i) => (
          <Condition key={`${row.group}-${i}`} row={row} />
        ))}
      </ul>
      {form && <Checks flight={flight} />}
    </section>
  );
}

function Condition({ row }: { row: GateRow }) {
  const { t, code } = useOwnTexts();
  const site = useSite();
  const reasons = row.reasons.map((one) => code(one.code, one.facts, site));
  if (row.group === "robots" && row.state === "refused") reasons.push(t("flights.robots_leave"));
  const word = row.state === "met" ? t("flights.met") : row.state === "unknown" ? t("flights.unknown") : reasons.join("; ");
  return (
    <li className={`flights-${row.state}`} data-testid={`gate-${row.group}`}>
      <span className="flights-sign" aria-hidden="true">
        {SIGN[row.state]}
      </span>
      <span>
        <b>{t(`flights.gate.${row.group}`)}</b>
        {`: ${word}`}
      </span>
    </li>
  );
}

function Checks({ flight }: { flight: Flight }) {
  const { t, decimal } = useOwnTexts();
  const [pilot, setPilot] = useState("");
  const [licence, setLicence] = useState<PilotChecklist["licence"]>("instrument");
  const [wind, setWind] = useState<number | string>("");
  const [rain, setRain] = useState(false);
  const [light, setLight] = useState<number | string>("");
  const [present, setPresent] = useState(false);
  const [cleared, setCleared] = useState(false);
  const [tried, setTried] = useState(false);
  const start = useFlightCommand(
    () => flightsApi.start(flight.flight_id, { pilot: pilot.trim(), licence, wind: Number(wind), rain, cleared, light: Number(light), present }),
    () => note(t("flights.started_note")),
    true,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (pilot.trim() !== "" && wind !== "" && light !== "") start.mutate(undefined);
  };
  return (
    <form className="flights-form flights-checks" onSubmit={submit} noValidate>
      <h4>{t("flights.checklist")}</h4>
      <TextInput label={t("flights.pilot")} maxLength={64} value={pilot} error={tried && pilot.trim() === "" ? t("flights.need_pilot") : undefined} onChange={(e) => setPilot(e.currentTarget.value)} />
      <Select
        label={t("flights.licence")}
        allowDeselect={false}
        value={licence}
        onChange={(v) => setLicence(LICENCES.find((one) => one === v) ?? "none")}
        data={LICENCES.map((value) => ({ value, label: t(`flights.licence.${value}`) }))}
      />
      <NumberInput label={t("flights.wind")} decimalSeparator={decimal} allowNegative={false} max={99} value={wind} error={tried && wind === "" ? t("flights.need_wind") : undefined} onChange={setWind} />
      <NumberInput label={t("flights.light")} decimalSeparator={decimal} allowNegative={false} max={200000} value={light} error={tried && light === "" ? t("flights.need_light") : undefined} onChange={setLight} />
      <Checkbox label={t("flights.rain")} checked={rain} onChange={(e) => setRain(e.currentTarget.checked)} />
      <Checkbox label={t("flights.cleared")} checked={cleared} onChange={(e) => setCleared(e.currentTarget.checked)} />
      <Checkbox label={t("flights.present")} checked={present} onChange={(e) => setPresent(e.currentTarget.checked)} />
      <Button type="submit" disabled={!mayStart(flight.gate)} loading={start.isPending}>
        {t("flights.take_off")}
      </Button>
      <Refusal error={start.error} />
    </form>
  );
}
