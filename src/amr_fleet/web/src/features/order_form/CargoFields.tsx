import { Checkbox, SegmentedControl, TextInput } from "@mantine/core";

import type { CargoKind } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { checkContainer, type Verdict } from "./cargo_ids";
import { type Faults, type Form, loadVerdict } from "./form";

const KINDS: readonly CargoKind[] = ["", "pallet", "lot", "container"];
const NUMBER = { "": "cargo.load_id", pallet: "cargo.sscc", lot: "cargo.load_id", container: "cargo.container_no" } as const;

export interface FieldProps {
  form: Form;
  faults: Faults;
  set: (change: Partial<Form>) => void;
}

/** What the load is; the check digit of its number is told while typing. */
export function CargoFields({ form, faults, set }: FieldProps) {
  const { t } = useTexts();
  const text = (name: "lot" | "customer") => (
    <TextInput label={t(`cargo.${name}`)} size="md" maxLength={64} value={form[name]} onChange={(e) => set({ [name]: e.currentTarget.value })} />
  );
  return (
    <>
      <SegmentedControl
        fullWidth
        aria-label={t("cargo.kind")}
        value={form.kind}
        onChange={(kind) => set({ kind })}
        data={KINDS.map((kind) => ({ value: kind, label: t(`cargo.kind.${kind === "" ? "none" : kind}`) }))}
      />
      <TextInput
        label={t(NUMBER[form.kind])}
        size="md"
        maxLength={40}
        value={form.loadId}
        error={faults.loadId !== undefined && form.loadId.trim() === "" ? t(faults.loadId) : wrong(loadVerdict(form), form.kind, t)}
        description={right(loadVerdict(form), t)}
        inputWrapperOrder={["label", "input", "description", "error"]}
        onChange={(e) => set({ loadId: e.currentTarget.value })}
      />
      {text("lot")}
      {form.kind !== "container" && (
        <TextInput
          label={t("cargo.container")}
          size="md"
          maxLength={40}
          value={form.container}
          error={wrong(checkContainer(form.container), "container", t)}
          description={right(checkContainer(form.container), t)}
          inputWrapperOrder={["label", "input", "description", "error"]}
          onChange={(e) => set({ container: e.currentTarget.value })}
        />
      )}
      {text("customer")}
      <Checkbox label={t("cargo.customs_hold")} checked={form.customs} onChange={(e) => set({ customs: e.currentTarget.checked })} />
    </>
  );
}

type T = ReturnType<typeof useTexts>["t"];

function wrong(verdict: Verdict, kind: CargoKind, t: T): string | undefined {
  if (verdict.state === "shape") return t(kind === "pallet" ? "cargo.shape_sscc" : "cargo.shape_container");
  return verdict.state === "check" ? t("cargo.expected", { digit: verdict.expected }) : undefined;
}

function right(verdict: Verdict, t: T): string | undefined {
  return verdict.state === "good" ? t("cargo.good_number") : undefined;
}
