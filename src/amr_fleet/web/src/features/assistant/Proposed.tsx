import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { assistantApi, type Confirmed, type Said } from "./api";
import { useOwnTexts } from "./own_texts";

/** A proposal with what it touches, who becomes late, and its button. at: when its seconds were counted (ms). */
export function Proposed({ proposal, at }: { proposal: Said["proposals"][number]; at: number }) {
  const { t } = useOwnTexts();
  const left = useLeft(at, proposal.expires);
  const [done, setDone] = useState<Confirmed>();
  const confirm = useCommand(() => assistantApi.confirm(proposal.proposal_id), (result) => setDone(result));
  const waits = left > 0 && done === undefined;
  const late = useQuery({ queryKey: ["assistant", "effects", proposal.proposal_id], queryFn: () => assistantApi.effects(proposal.proposal_id), enabled: waits, staleTime: Infinity, retry: false });
  if (done !== undefined) return <Done text={proposal.text} done={done} />;
  return (
    <div className="assistant-proposal">
      <span>{proposal.text}</span>
      <ul className="assistant-effects">
        {[...proposal.effects, ...(late.data?.effects ?? [])].map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
        {waits && late.isLoading && <li className="assistant-left">{t("assistant.rehearsing")}</li>}
      </ul>
      {left > 0 ? (
        <>
          <span className="assistant-left">{t("assistant.seconds", { seconds: left })}</span>
          <Button onClick={() => confirm.mutate(undefined)} loading={confirm.isPending} disabled={confirm.isError}>
            {t("assistant.confirm")}
          </Button>
        </>
      ) : (
        <span className="assistant-left">{t("assistant.over")}</span>
      )}
    </div>
  );
}

/** What was done; of several orders how many were not made; of a report where its file is. */
function Done({ text, done }: { text: string; done: Confirmed }) {
  const { t } = useOwnTexts();
  return (
    <div className="assistant-done">
      <p>{t("assistant.done", { text })}</p>
      {done.refused > 0 && <p className="form-error">{t("assistant.refused", { made: done.orders.length, refused: done.refused })}</p>}
      {done.link.startsWith("/api/") && (
        <p>
          <a href={done.link} download>
            {t("assistant.get_report")}
          </a>
        </p>
      )}
      {done.link !== "" && !done.link.startsWith("/api/") && (
        <p>
          <Link href={done.link}>{t("assistant.open")}</Link>
        </p>
      )}
    </div>
  );
}

/** Seconds that are left of those that the server counted at a moment (ms). */
function useLeft(at: number, lasts: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil(lasts - (now - at) / 1000));
}
