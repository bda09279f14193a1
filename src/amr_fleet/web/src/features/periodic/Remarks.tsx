import { Button, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { stamp } from "../../shared/i18n/times";
import { useMayOperate } from "../../shared/session/me";
import { type PeriodicDraft, periodicApi } from "./api";
import { useWords } from "./hooks";

const STEPS = ["submit", "return", "sign", "reopen", "file"] as const;
const isStep = (step: string): step is (typeof STEPS)[number] => STEPS.some((known) => known === step);

/** What people said about the report, and what they did with it. */
export function Remarks({ draft }: { draft: PeriodicDraft }) {
  const w = useWords();
  const client = useQueryClient();
  const may = useMayOperate();
  const [text, setText] = useState("");
  const add = useCommand(
    () => periodicApi.remark(draft.code, text.trim()),
    () => {
      setText("");
      void client.invalidateQueries({ queryKey: ["periodic"] });
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") add.mutate(undefined);
  };
  const did = (step: string): string => (isStep(step) ? w(`periodic.did.${step}`) : step);
  return (
    <section className="card periodic-card">
      <h3>{w("periodic.remarks")}</h3>
      {draft.remarks.length === 0 && <p className="empty">{w("periodic.no_remarks")}</p>}
      <ol className="remarks" data-testid="remarks">
        {draft.remarks.map((remark) => (
          <li key={`${remark.t} ${remark.step} ${remark.text}`}>
            <time>{stamp(remark.t)}</time>
            <span>
              <b>{remark.user}</b> {remark.step !== "" && did(remark.step)} {remark.text}
            </span>
          </li>
        ))}
      </ol>
      {may && (
        <form className="remark-form" onSubmit={submit}>
          <Textarea aria-label={w("periodic.remark")} placeholder={w("periodic.remark")} autosize minRows={2} maxLength={4000} value={text} onChange={(e) => setText(e.currentTarget.value)} />
          <Button type="submit" variant="default" disabled={text.trim() === ""} loading={add.isPending}>
            {w("periodic.add_remark")}
          </Button>
        </form>
      )}
    </section>
  );
}
