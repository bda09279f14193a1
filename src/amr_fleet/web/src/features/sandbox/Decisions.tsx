import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useMe } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { sandboxApi, type Trial, type TrialState } from "./api";
import { offered } from "./moves";
import { useOwnTexts } from "./own_texts";

interface Step {
  to: TrialState;
  hard: boolean;
}

/** What the reader may decide; where two persons have to, who asked first stands here. */
export function Decisions({ trial }: { trial: Trial }) {
  const { t } = useOwnTexts();
  const me = useMe().data;
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [hard, setHard] = useState(false);
  const done = (): void => {
    setReason("");
    void client.invalidateQueries({ queryKey: ["sandbox"] });
  };
  const move = useCommand((step: Step) => sandboxApi.move(trial.trial_id, step.to, reason.trim(), step.hard), done);
  const steps = offered(trial.state, me?.role);
  if (steps.length === 0) return null;
  const press = async (to: TrialState): Promise<void> => {
    const title = t(`sandbox.do.${to}`);
    const body = to === "suspended" && hard ? t("sandbox.hard_body") : t(`sandbox.ask.${to}`);
    if (await ask({ title: `${title}?`, body, confirm: title })) move.mutate({ to, hard: hard && (to === "suspended" || to === "revoked") });
  };
  const confirms = (to: TrialState): boolean => trial.asked !== null && trial.asked.to === to && trial.asked.user !== me?.user;
  return (
    <div className="sandbox-decide" data-testid="decisions">
      <TextInput label={t("sandbox.reason")} maxLength={500} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      {steps.includes("suspended") && <Checkbox label={t("sandbox.hard")} checked={hard} onChange={(e) => setHard(e.currentTarget.checked)} />}
      <div className="button-row">
        {steps.map((to) => (
          <Button key={to} variant={to === "suspended" || confirms(to) ? "filled" : "default"} loading={move.isPending} onClick={() => void press(to)}>
            {confirms(to) ? t("sandbox.confirm", { what: t(`sandbox.do.${to}`) }) : t(`sandbox.do.${to}`)}
          </Button>
        ))}
      </div>
    </div>
  );
}
