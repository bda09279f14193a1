import { robotLabel } from "../../shared/i18n/texts";
import { Fact } from "../../shared/ui/Fact";
import type { Trial, TrialNow } from "./api";
import { HeldUpNow } from "./HeldUp";
import { day } from "./times";
import { useOwnTexts } from "./own_texts";

/** What is allowed at this moment; when nothing is: why, and what ends it. */
export function Now({ now, trial }: { now: TrialNow; trial: Trial | undefined }) {
  const { t } = useOwnTexts();
  const free = now.trial === "" && now.bar === "";
  const open = now.bar === "";
  const word = free ? t("sandbox.now.free") : open ? t("sandbox.now.open") : t("sandbox.now.shut");
  return (
    <section className={`card block sandbox-now ${open ? "sandbox-open" : "sandbox-shut"}`} data-testid="sandbox-now">
      <h3>{word}</h3>
      {now.bar !== "" && <p className="lead">{t(`sandbox.bar.${now.bar}`)}</p>}
      {trial !== undefined && trial.breach !== null && (
        <p className="lead">
          {t("sandbox.breach_of", { rule: t(`sandbox.rule.${trial.breach.rule}`), robot: trial.breach.robot === "" ? "–" : robotLabel(trial.breach.robot) })}
        </p>
      )}
      {trial !== undefined && trial.asked !== null && (
        <p className="text-amber">{t("sandbox.asked", { user: trial.asked.user, to: t(`sandbox.do.${trial.asked.to}`) })}</p>
      )}
      <HeldUpNow bar={now.bar} />
      {!free && (
        <dl className="facts">
          <Fact name={t("sandbox.trial")}>{now.trial || "–"}</Fact>
          <Fact name={t("sandbox.moving")}>{now.most_moving > 0 ? `${now.moving} / ${now.most_moving}` : now.moving}</Fact>
          <Fact name={t("sandbox.until")}>{now.until > 0 ? day(now.until) : "–"}</Fact>
          {now.until === 0 && <Fact name={t("sandbox.next")}>{now.next_begin > 0 ? day(now.next_begin) : "–"}</Fact>}
        </dl>
      )}
    </section>
  );
}
