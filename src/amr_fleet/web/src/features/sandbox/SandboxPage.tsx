import "./styles.css";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { asApiError } from "../../shared/api/request";
import { useMay } from "../../shared/session/me";
import { lazyPart } from "../../shared/ui/lazy_page";
import { sandboxApi } from "./api";
import { NewRecord } from "./NewRecord";
import { Now } from "./Now";
import { TrialCard } from "./TrialCard";
import { useOwnTexts } from "./own_texts";
import type { Plan } from "./plan";

const Planner = lazyPart<{ plan: Plan; onClose: () => void }>(() => import("./Planner"));

/** What a permit allows now and why something is refused; for the authority all of its trial, and its decisions. */
export default function SandboxPage() {
  const { t, code } = useOwnTexts();
  const query = useQuery({ queryKey: ["sandbox"], queryFn: sandboxApi.trials, refetchInterval: 2000 });
  const [plan, setPlan] = useState<Plan | null>(null);
  const engineer = useMay("engineer");
  const open = (record: Plan["record"], edit: boolean): void => setPlan({ record, edit, key: Date.now() });
  const error = query.error === null ? null : asApiError(query.error);
  const trials = [...(query.data?.trials ?? [])].reverse();
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.sandbox")}</h2>
        </div>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && (
          <>
            <Now now={query.data.now} trial={trials.find((one) => one.trial_id === query.data.now.trial)} />
            {engineer && <NewRecord onDraw={(record) => open(record, true)} />}
            {plan !== null && <Planner key={plan.key} plan={plan} onClose={() => setPlan(null)} />}
            {trials.length === 0 && <p className="empty">{t("sandbox.none")}</p>}
            {trials.map((trial) => (
              <TrialCard key={trial.trial_id} trial={trial} onPlan={(edit) => open(trial.record, edit)} />
            ))}
          </>
        )}
      </div>
    </main>
  );
}
