import { SegmentedControl } from "@mantine/core";

import { type Key, useTexts } from "../../shared/i18n/texts";
import { PlaceSelect } from "../../shared/ui/PlaceSelect";
import type { FieldProps } from "./CargoFields";

/** From where, to where, how urgent. */
export function OrderBasics({ form, faults, set }: FieldProps) {
  const { t } = useTexts();
  const fault = (key: "pick_place" | "drop_place"): string | undefined => (faults[key] === undefined ? undefined : t(faults[key]));
  return (
    <>
      <PlaceSelect name="pick" label={t("new.pick")} value={form.pick_place || null} error={fault("pick_place")} onChange={(place) => set({ pick_place: place ?? "" })} />
      <PlaceSelect name="drop" label={t("new.drop")} value={form.drop_place || null} error={fault("drop_place")} onChange={(place) => set({ drop_place: place ?? "" })} />
      <div>
        <div className="label">{t("new.priority")}</div>
        <SegmentedControl
          fullWidth
          size="md"
          value={String(form.priority)}
          onChange={(priority) => set({ priority: Number(priority) })}
          data={["0", "5", "9"].map((value) => ({ value, label: t(`new.priority.${value}` as Key) }))}
        />
      </div>
    </>
  );
}
