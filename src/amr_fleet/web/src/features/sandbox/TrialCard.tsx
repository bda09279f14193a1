import { Button } from "@mantine/core";

import { useMay } from "../../shared/session/me";
import { Fact } from "../../shared/ui/Fact";
import { recordOf, type Trial } from "./api";
import { AreaMap } from "./AreaMap";
import { Decisions } from "./Decisions";
import { editable } from "./moves";
import { Breaches, Cards, Incidents, Steps } from "./Tables";
import { isoDay } from "./times";
import { useOwnTexts } from "./own_texts";

/** One trial: its permit, its limits, the decisions that the reader may take, and what happened. */
export function TrialCard({ trial, onPlan }: { trial: Trial; onPlan: (edit: boolean) => void }) {
  const { t, lang, num } = useOwnTexts();
  const mayTry = useMay("authority");
  const edit = useMay("engineer") && editable(trial.state);
  const record = recordOf(trial);
  const envelope = record.envelope;
  const say = (text: { vi: string; en: string }): string => (lang === "en" && text.en !== "" ? text.en : text.vi);
  const fallback = "–";
  return (
    <section className="card block" data-testid={`trial-${trial.trial_id}`}>
      <div className="sandbox-head">
        <h3>{say(record.title)}</h3>
        <span className={`sandbox-pill sandbox-${trial.state}`}>{t(`sandbox.state.${trial.state}`)}</span>
      </div>
      <div className="sandbox-columns">
        <dl className="facts">
          <Fact name={t("sandbox.trial")}>{trial.trial_id}</Fact>
          <Fact name={t("sandbox.permit")}>{[record.permit.number, record.permit.issuer].filter(Boolean).join(", ") || fallback}</Fact>
          <Fact name={t("sandbox.period")}>{`${isoDay(envelope.begin)} – ${isoDay(envelope.end)}`}</Fact>
          <Fact name={t("sandbox.speed")}>{num(envelope.max_speed.all, 2)}</Fact>
          <Fact name={t("sandbox.most")}>{envelope.max_robots_moving}</Fact>
          <Fact name={t("sandbox.load")}>{num(envelope.max_load_kg)}</Fact>
          <Fact name={t("sandbox.robots")}>{envelope.serials.length}</Fact>
          <Fact name={t("sandbox.authority")}>{record.authority.organisation || fallback}</Fact>
          <Fact name={t("sandbox.version")}>{`${trial.version} · ${trial.versions.at(-1)?.sha256.slice(0, 12) ?? ""}`}</Fact>
        </dl>
        <div>
          <AreaMap trial={trial} />
          {mayTry && (
            <Button variant="default" onClick={() => onPlan(edit)}>
              {t(edit ? "plan.change" : "plan.try")}
            </Button>
          )}
        </div>
      </div>
      <Decisions trial={trial} />
      {record.goals.length > 0 && (
        <>
          <h4>{t("sandbox.goals")}</h4>
          <ul className="sandbox-list">
            {record.goals.map((goal) => (
              <li key={goal.vi}>{say(goal)}</li>
            ))}
          </ul>
        </>
      )}
      <Duties trial={trial} />
      <Breaches trial={trial} />
      <Incidents trial={trial} />
      <Cards trial={trial} />
      <Steps trial={trial} />
    </section>
  );
}

function Duties({ trial }: { trial: Trial }) {
  const { t, lang } = useOwnTexts();
  const duties = recordOf(trial).control.duties;
  if (duties.length === 0) return null;
  const shown = new Set((trial.proofs as unknown as { duty: string }[]).map((proof) => proof.duty));
  return (
    <>
      <h4>{t("sandbox.duties")}</h4>
      <ul className="sandbox-list">
        {duties.map((duty) => (
          <li key={duty.id} className={shown.has(duty.id) ? "" : "text-amber"}>
            {`${lang === "en" && duty.text.en !== "" ? duty.text.en : duty.text.vi}: ${t(shown.has(duty.id) ? "sandbox.shown" : "sandbox.not_shown")}`}
          </li>
        ))}
      </ul>
    </>
  );
}
