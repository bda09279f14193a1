import "./styles.css";

import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import type { Robot } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { useMay } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { computerApi } from "./api";
import { Errands } from "./Errands";
import { useComputerTexts } from "./own_texts";

const KEY = ["enrolments"];

export default function Computer({ robot }: { robot: Robot }) {
  return (
    <>
      <Identity robot={robot} />
      {useMay("engineer") && <Errands robot={robot} />}
    </>
  );
}

/** The robot's computer: its certificate, its site files, a code for a new one, and taking the certificate away from a lost one. */
function Identity({ robot: { name: robot, site_version: version, waiting } }: { robot: Robot }) {
  const t = useComputerTexts();
  const admin = useMay("admin");
  const client = useQueryClient();
  const query = useQuery({ queryKey: KEY, queryFn: computerApi.list });
  const [code, setCode] = useState<{ text: string; seconds: number } | null>(null);
  const changed = (): void => void client.invalidateQueries({ queryKey: KEY });
  const offer = useCommand(
    () => computerApi.offer(robot),
    (answer) => {
      setCode(answer);
      changed();
    },
    true,
  );
  const revoke = useCommand(
    () => computerApi.revoke(robot),
    () => {
      setCode(null);
      changed();
      note(t("revoked_done", { robot: robotLabel(robot) }));
    },
    true,
  );
  const row = query.data?.robots.find((one) => one.robot === robot);
  if (query.data === undefined || !query.data.on || row === undefined) return null;
  const press = async (): Promise<void> => {
    const title = t("revoke_title", { robot: robotLabel(robot) });
    if (await ask({ title, body: t("revoke_body"), confirm: t("revoke") })) revoke.mutate(undefined);
  };
  const siteLine = (): string => {
    if (version === "") return t("site_unsaid");
    return t(waiting?.code === "wait.site_version" ? "site_other" : "site", { version: version.slice(0, 12), server: window.location.origin });
  };
  const until = new Date(row.until * 1000).toLocaleDateString("en-GB");
  return (
    <section className="card" data-testid="robot-computer" aria-labelledby="robot-computer">
      <h3 id="robot-computer">{t("title")}</h3>
      <p>{t(row.state, { until })}</p>
      <p data-testid="site-version">{siteLine()}</p>
      {row.waiting && code === null && <p className="hint">{t("waiting")}</p>}
      {code !== null && (
        <>
          <p className="enrolment-code" data-testid="enrolment-code">
            {code.text}
          </p>
          <p>{t("code_body", { minutes: Math.round(code.seconds / 60), server: window.location.origin })}</p>
        </>
      )}
      {admin && (
        <div className="button-row">
          <Button variant="default" loading={offer.isPending} onClick={() => offer.mutate(undefined)}>
            {t("offer")}
          </Button>
          {row.state !== "none" && row.state !== "revoked" && (
            <Button variant="default" className="text-red" loading={revoke.isPending} onClick={() => void press()}>
              {t("revoke")}
            </Button>
          )}
        </div>
      )}
      <Refusal error={offer.error ?? revoke.error} />
    </section>
  );
}
