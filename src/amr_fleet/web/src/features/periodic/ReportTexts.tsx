import { Button, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useMayOperate } from "../../shared/session/me";
import { type PeriodicDraft, periodicApi } from "./api";
import { day, isoDay } from "./days";
import { useWords } from "./hooks";

const CHAPTERS = ["results", "safety", "privacy", "data", "obstacles", "proposals", "next_plan"] as const;
const LETTERHEAD = ["number", "date", "parent", "issuer", "abbreviation", "place", "to", "signer_mode", "signer_office", "signer_name", "recipients", "legal_basis"] as const;
type Name = (typeof CHAPTERS)[number] | (typeof LETTERHEAD)[number];

/** What people write: chapters, each beside what the report before said, and the letterhead. */
export function ReportTexts({ draft }: { draft: PeriodicDraft }) {
  const w = useWords();
  const may = useMayOperate() && draft.state === "draft";
  return (
    <section className="card periodic-card">
      <h3>{w("periodic.texts")}</h3>
      <p className="row-dim">{w("periodic.texts_help", { period: draft.previous })}</p>
      {CHAPTERS.map((name) => (
        <Field key={name} name={name} draft={draft} may={may} />
      ))}
      <details className="letterhead">
        <summary>{w("periodic.letterhead")}</summary>
        <div className="letterhead-fields">
          {LETTERHEAD.map((name) => (
            <Field key={name} name={name} draft={draft} may={may} />
          ))}
        </div>
      </details>
    </section>
  );
}

function Field({ name, draft, may }: { name: Name; draft: PeriodicDraft; may: boolean }) {
  const w = useWords();
  const client = useQueryClient();
  const stored = draft.texts[name] ?? "";
  const known = name === "date" && stored !== "" ? day(stored) : stored;
  const before = draft.before[name] ?? "";
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? known;
  const wrong = name === "date" && shown.trim() !== "" && isoDay(shown) === null;
  const set = useCommand(
    () => periodicApi.setText(draft.code, name, name === "date" ? (isoDay(shown) ?? "") : shown),
    () => void client.invalidateQueries({ queryKey: ["periodic"] }).then(() => setText(null)),
  );
  const label = w(`periodic.text.${name}`);
  const beside = before !== "" && before !== stored && name !== "date" && name !== "number";
  return (
    <div className={beside ? "text-field text-beside" : "text-field"} data-testid={`text-${name}`}>
      <div>
        <Textarea label={label} autosize minRows={1} maxRows={12} maxLength={4000} readOnly={!may} value={shown} error={wrong ? w("periodic.bad_day") : undefined} onChange={(e) => setText(e.currentTarget.value)} />
        {may && text !== null && text !== known && (
          <Button size="xs" disabled={wrong} loading={set.isPending} onClick={() => set.mutate(undefined)} aria-label={`${w("periodic.save")}: ${label}`}>
            {w("periodic.save")}
          </Button>
        )}
      </div>
      {beside && (
        <div className="text-before">
          <span className="row-dim">{w("periodic.before", { period: draft.previous })}</span>
          <p>{before}</p>
          {may && (
            <button type="button" className="small" onClick={() => setText(before)}>
              {w("periodic.take_over")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
