import { Button, FileInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { note } from "../../shared/ui/dialogs";
import { type Json, sandboxApi, type TrialReview } from "./api";
import { shapesOf } from "./new_record";
import { useOwnTexts } from "./own_texts";

/** A record comes as a JSON file: it is looked at first, and only then saved as a draft. */
export function NewRecord({ onDraw }: { onDraw: (record: Json | null) => void }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const client = useQueryClient();
  const [record, setRecord] = useState<Json | null>(null);
  const [review, setReview] = useState<TrialReview | null>(null);
  const drawn = shapesOf(record) !== null;
  const check = useCommand((found: Json) => sandboxApi.check(found), setReview);
  const save = useCommand(
    (found: Json) => sandboxApi.save(found),
    () => {
      setRecord(null);
      setReview(null);
      void client.invalidateQueries({ queryKey: ["sandbox"] });
    },
  );
  const choose = async (file: File | null): Promise<void> => {
    setReview(null);
    setRecord(null);
    if (file === null) return;
    try {
      const found = JSON.parse(await file.text()) as Json;
      setRecord(found);
      check.mutate(found);
    } catch {
      note(t("sandbox.not_json"), true);
    }
  };
  return (
    <section className="card block">
      <FileInput label={t("sandbox.new")} description={t("sandbox.new_help")} accept="application/json,.json" clearable clearButtonProps={{ "aria-label": t("sandbox.no_file") }} onChange={(file) => void choose(file)} />
      <div className="button-row plan-gap">
        <Button variant="default" disabled={record !== null && (review === null || !drawn)} onClick={() => onDraw(record)}>
          {t(record === null ? "plan.draw" : "plan.draw_file")}
        </Button>
      </div>
      {!drawn && <p className="form-error" role="alert">{t("plan.unreadable")}</p>}
      {review !== null && (
        <div data-testid="review">
          {review.findings.map((fault, i) => (
            <p key={i} className="form-error">
              {texts.code(fault.code, fault.facts)}
            </p>
          ))}
          {review.missing.length > 0 && <p className="text-amber">{t("sandbox.missing", { names: review.missing.join(", ") })}</p>}
          <p className={review.out_of_reach.length === 0 ? "" : "text-amber"}>{t("sandbox.reach", { count: review.out_of_reach.length, all: review.stations })}</p>
          {review.out_of_reach.length > 0 && <p className="row-dim">{review.out_of_reach.join(", ")}</p>}
          <Button disabled={record === null || review.findings.length > 0} loading={save.isPending} onClick={() => record !== null && save.mutate(record)}>
            {t("sandbox.save")}
          </Button>
        </div>
      )}
    </section>
  );
}
