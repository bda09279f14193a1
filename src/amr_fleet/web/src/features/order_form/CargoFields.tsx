import { Checkbox, SegmentedControl, Select, TextInput } from "@mantine/core";

import type { CargoKind, NewCargo } from "../../shared/api/types";
import { useSite } from "../../shared/api/site";
import { useTexts } from "../../shared/i18n/texts";
import { NumberField } from "../../shared/ui/NumberField";
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
  const { t, lang } = useTexts();
  const loadTypes = useSite()?.load_types ?? [];
  const { cargo, load_id } = form;
  const change = (part: NewCargo): void => set({ cargo: { ...cargo, ...part } });
  const text = (name: "lot" | "customer") => (
    <TextInput label={t(`cargo.${name}`)} size="md" maxLength={64} value={cargo[name]} onChange={(e) => change({ [name]: e.currentTarget.value })} />
  );
  return (
    <>
      <SegmentedControl
        fullWidth
        aria-label={t("cargo.kind")}
        value={cargo.kind}
        onChange={(kind) => change({ kind })}
        data={KINDS.map((kind) => ({ value: kind, label: t(`cargo.kind.${kind === "" ? "none" : kind}`) }))}
      />
      <TextInput
        label={t(NUMBER[cargo.kind])}
        size="md"
        maxLength={40}
        value={load_id}
        error={faults.load_id !== undefined && load_id.trim() === "" ? t(faults.load_id) : wrong(loadVerdict(form), cargo.kind, t)}
        description={right(loadVerdict(form), t)}
        inputWrapperOrder={["label", "input", "description", "error"]}
        onChange={(e) => set({ load_id: e.currentTarget.value })}
      />
      {text("lot")}
      {cargo.kind !== "container" && (
        <TextInput
          label={t("cargo.container")}
          size="md"
          maxLength={40}
          value={cargo.container}
          error={wrong(checkContainer(cargo.container), "container", t)}
          description={right(checkContainer(cargo.container), t)}
          inputWrapperOrder={["label", "input", "description", "error"]}
          onChange={(e) => change({ container: e.currentTarget.value })}
        />
      )}
      {text("customer")}
      <NumberField
        label={t("cargo.weight")}
        description={t("cargo.weight_help")}
        size="md"
        allowNegative={false}
        decimalScale={1}
        clampBehavior="none"
        value={cargo.weight_kg}
        otherwise={0}
        mayBeEmpty
        large
        error={faults.weight_kg === undefined ? undefined : t(faults.weight_kg)}
        onChange={(weight_kg) => change({ weight_kg })}
      />
      {loadTypes.length > 0 && (
        <Select
          label={t("cargo.load_type")}
          description={t("cargo.load_type_help")}
          size="md"
          data={[{ value: "", label: t("cargo.load_type_any") }, ...loadTypes.map((one) => ({ value: one.id, label: lang === "vi" ? one.name_vi : one.name_en }))]}
          value={cargo.load_type}
          allowDeselect={false}
          onChange={(load_type) => change({ load_type: load_type ?? "" })}
        />
      )}
      <Checkbox label={t("cargo.customs_hold")} checked={cargo.customs_hold} onChange={(e) => change({ customs_hold: e.currentTarget.checked })} />
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
