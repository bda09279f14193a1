import { SegmentedControl } from "@mantine/core";

import { type Key, useTexts } from "../../shared/i18n/texts";
import { PlaceSelect } from "../../shared/ui/PlaceSelect";
import type { FieldProps } from "./CargoFields";

/** From where, to where, how urgent. */
export function OrderBasics({ form, faults, set }: FieldProps) {
  const { t } = useTexts();
  const fault = (key: "pick" | "drop"): string | undefined => (faults[key] === undefined ? undefined : t(faults[key]));
  return (
    <>
      <PlaceSelect name="pick" label={t("new.pick")} value={form.pick} error={fault("pick")} onChange={(pick) => set({ pick })} />
      <PlaceSelect name="drop" label={t("new.drop")} value={form.drop} error={fault("drop")} onChange={(drop) => set({ drop })} />
      <div>
        <div className="label">{t("new.priority")}</div>
        <SegmentedControl
          fullWidth
          size="md"
          value={form.priority}
          onChange={(priority) => set({ priority })}
          data={["0", "5", "9"].map((value) => ({ value, label: t(`new.priority.${value}` as Key) }))}
        />
      </div>
    </>
  );
}
