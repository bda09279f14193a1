import { robotLabel } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import { Fact } from "../../shared/ui/Fact";
import type { Aircraft, Flights } from "./api";
import type { Answered } from "./heard";
import { useOwnTexts } from "./own_texts";

/** What the aircraft says of itself, and the permit to fly. */
export function AircraftCard({ data }: { data: Answered<Flights> }) {
  const { t, num } = useOwnTexts();
  const craft = data.telemetry;
  const silent = craft === null || data.silence !== null;
  const permit = data.permit;
  return (
    <section className="card" aria-labelledby="flights-aircraft" data-testid="aircraft">
      <h3 id="flights-aircraft">{`${t("flights.aircraft")} ${robotLabel(data.vehicle)}`}</h3>
      <dl className="facts flights-facts">
        <Fact name={t("flights.now")}>
          <span className={silent ? "text-red" : ""}>{silent ? t("flights.silent") : t(`flights.mode.${craft.mode}`)}</span>
        </Fact>
        {craft !== null && !silent && <Heard craft={craft} />}
        <Fact name={t("flights.permit")}>
          {permit === null ? (
            <span className="text-amber">{t("flights.no_permit")}</span>
          ) : (
            t("flights.permit_of", { number: permit.number, issuer: permit.issuer, until: stamp(permit.until), ceiling: num(permit.ceiling, 0) })
          )}
        </Fact>
        {permit !== null && <Fact name={t("flights.registration")}>{permit.registration}</Fact>}
      </dl>
    </section>
  );
}

function Heard({ craft }: { craft: Aircraft }) {
  const { t, num } = useOwnTexts();
  return (
    <>
      {craft.failsafe !== "" && (
        <Fact name={t("flights.failsafe")}>
          <span className="text-red">{t(`flights.failsafe.${craft.failsafe}`)}</span>
        </Fact>
      )}
      <Fact name={t("flights.battery")}>{`${num(craft.soc === null ? null : 100 * craft.soc)} %`}</Fact>
      <Fact name={t("flights.height_now")}>{`${num(craft.z, 1)} m`}</Fact>
      <Fact name={t("flights.wind_now")}>{craft.wind === null ? t("flights.wind_unknown") : `${num(craft.wind, 1)} m/s`}</Fact>
      <Fact name={t("flights.position")}>
        <span className={craft.position_ok ? "" : "text-red"}>{t(craft.position_ok ? "flights.position_ok" : "flights.position_lost")}</span>
      </Fact>
    </>
  );
}
