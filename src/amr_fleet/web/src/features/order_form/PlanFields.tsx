import { Checkbox, NumberInput, Select } from "@mantine/core";

import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import type { FieldProps } from "./CargoFields";
import { toMinutes, toSeconds } from "./form";

interface PlanProps extends FieldProps {
  /** The trucks and barges that an order can belong to. */
  cutoffs: readonly { value: string; label: string }[];
  once?: boolean;
}

/** When an order may start, the truck or barge it belongs to, and the robot that must do it. */
export function PlanFields({ form, faults, set, cutoffs, once = true }: PlanProps) {
  const { t } = useTexts();
  const names = useLive((s) => s.panel?.robots.map((r) => r.name).join() ?? "").split(",").filter(Boolean);
  return (
    <>
      <Select
        label={t("new.cutoff")}
        description={cutoffs.length === 0 ? t("new.no_cutoffs") : undefined}
        size="md"
        data={[{ value: "", label: t("new.cutoff_none") }, ...cutoffs]}
        value={form.cutoff}
        allowDeselect={false}
        onChange={(v) => set({ cutoff: v ?? "" })}
      />
      {once && (
        <NumberInput
          label={t("new.earliest")}
          description={t("new.earliest_help")}
          size="md"
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          value={form.earliest_in_s === 0 ? "" : toMinutes(form.earliest_in_s)}
          error={faults.earliest_in_s === undefined ? undefined : t(faults.earliest_in_s)}
          onChange={(minutes) => set({ earliest_in_s: toSeconds(minutes) ?? 0 })}
        />
      )}
      <Select
        label={t("change.robot")}
        size="md"
        searchable
        data={[{ value: "", label: t("change.any") }, ...names.map((name) => ({ value: name, label: robotLabel(name) }))]}
        value={form.robot}
        allowDeselect={false}
        onChange={(v) => set({ robot: v ?? "" })}
      />
      <Checkbox label={t("new.held")} checked={form.held && !form.until_ready} disabled={form.until_ready} onChange={(e) => set({ held: e.currentTarget.checked })} />
      <Checkbox label={t("new.until_ready")} checked={form.until_ready} onChange={(e) => set({ until_ready: e.currentTarget.checked, held: e.currentTarget.checked })} />
    </>
  );
}
