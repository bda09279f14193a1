import { Checkbox, NumberInput, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { bookApi } from "../api_book";
import { clock, robotLabel, useTexts } from "../i18n";
import { useLive } from "../live";
import type { FieldProps } from "./CargoFields";

export function useBook() {
  return useQuery({ queryKey: ["book"], queryFn: bookApi.book, refetchInterval: 10_000 });
}

/** When an order may start, the truck or barge it belongs to, and the robot that must do it. */
export function PlanFields({ form, faults, set, once = true }: FieldProps & { once?: boolean }) {
  const { t } = useTexts();
  const cutoffs = useBook().data?.cutoffs ?? [];
  const names = useLive((s) => s.panel?.robots.map((r) => r.name).join() ?? "").split(",").filter(Boolean);
  return (
    <>
      <Select
        label={t("new.cutoff")}
        description={cutoffs.length === 0 ? t("new.no_cutoffs") : undefined}
        size="md"
        data={[{ value: "", label: t("new.cutoff_none") }, ...cutoffs.map((c) => ({ value: c.name, label: `${c.name} · ${t(`cutoff.${c.kind}`)} ${clock(c.at).slice(0, -3)}` }))]}
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
          value={form.earliest}
          error={faults.earliest === undefined ? undefined : t(faults.earliest)}
          onChange={(earliest) => set({ earliest })}
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
      <Checkbox label={t("new.held")} checked={form.held} onChange={(e) => set({ held: e.currentTarget.checked })} />
    </>
  );
}
