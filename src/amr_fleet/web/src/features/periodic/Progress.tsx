import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useTexts } from "../../shared/i18n/texts";
import { useMay, useMayOperate, useMe } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { type PeriodicDraft, periodicApi, type Step } from "./api";
import { useWords } from "./hooks";

const STATES = ["draft", "submitted", "signed", "filed"] as const;

/** How far the report has come, and what this person may do next. */
export function Progress({ draft }: { draft: PeriodicDraft }) {
  const w = useWords();
  return (
    <section className="card periodic-card" data-testid="report-progress">
      <ol className="steps" aria-label={w("periodic.progress")}>
        {STATES.map((state) => (
          <li key={state} className={state === draft.state ? "step-now" : ""} aria-current={state === draft.state ? "step" : undefined}>
            {w(`periodic.state.${state}`)}
          </li>
        ))}
      </ol>
      <p className="row-dim">
        {w("periodic.edition", { edition: draft.edition })}
        {draft.submitted_by !== "" && ` · ${w("periodic.by_submitted", { user: draft.submitted_by })}`}
        {draft.signed_by !== "" && ` · ${w("periodic.by_signed", { user: draft.signed_by })}`}
      </p>
      <Actions draft={draft} />
      {draft.filed.map((one) => (
        <p key={one.edition} className="filed" data-testid={`filed-${one.edition}`}>
          {w("periodic.filed_as", { edition: one.edition, user: one.user })}{" "}
          <a href={periodicApi.fileUrl(draft.code, "pdf", one.edition)} download>
            PDF
          </a>{" "}
          <a href={periodicApi.fileUrl(draft.code, "docx", one.edition)} download>
            DOCX
          </a>
          <span className="row-dim filed-hash"> SHA-256 (PDF): {one.pdf_sha256}</span>
        </p>
      ))}
    </section>
  );
}

function Actions({ draft }: { draft: PeriodicDraft }) {
  const w = useWords();
  const { code } = useTexts();
  const client = useQueryClient();
  const operator = useMayOperate();
  const engineer = useMay("engineer");
  const me = useMe().data;
  const [reason, setReason] = useState("");
  const done = (): void => {
    setReason("");
    void client.invalidateQueries({ queryKey: ["periodic"] });
  };
  const move = useCommand(({ step, text }: { step: Step; text: string }) => periodicApi.move(draft.code, step, text), done, true);
  const file = useCommand(() => periodicApi.file(draft.code), done, true);
  const failure = move.error ?? file.error;
  const error = failure === null ? null : asApiError(failure);
  const own = me?.user === draft.submitted_by;
  const needsReason = draft.state === "submitted" || draft.state === "filed";
  const press = async (step: Step): Promise<void> => {
    const title = w(`periodic.do.${step}`);
    if (await ask({ title, body: w(`periodic.sure.${step}`, { period: draft.code }), confirm: title })) move.mutate({ step, text: reason.trim() });
  };
  const send = async (): Promise<void> => {
    const title = w("periodic.do.file");
    if (await ask({ title, body: w("periodic.sure.file", { period: draft.code }), confirm: title })) file.mutate(undefined);
  };
  return (
    <div className="periodic-actions">
      {needsReason && engineer && (
        <TextInput aria-label={w("periodic.reason")} placeholder={w("periodic.reason")} maxLength={1000} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      )}
      {draft.state === "draft" && operator && <Button onClick={() => void press("submit")}>{w("periodic.do.submit")}</Button>}
      {draft.state === "submitted" && engineer && (
        <>
          <Button disabled={own} onClick={() => void press("sign")}>
            {w("periodic.do.sign")}
          </Button>
          <Button variant="default" disabled={reason.trim() === ""} onClick={() => void press("return")}>
            {w("periodic.do.return")}
          </Button>
          {own && <span className="row-dim">{w("periodic.other_person")}</span>}
        </>
      )}
      {draft.state === "signed" && engineer && (
        <Button loading={file.isPending} onClick={() => void send()}>
          {w("periodic.do.file")}
        </Button>
      )}
      {draft.state === "filed" && engineer && (
        <Button variant="default" disabled={reason.trim() === ""} onClick={() => void press("reopen")}>
          {w("periodic.do.reopen")}
        </Button>
      )}
      {error !== null && (
        <p className="form-error" role="alert">
          {code(error.code, error.facts)}
        </p>
      )}
    </div>
  );
}
