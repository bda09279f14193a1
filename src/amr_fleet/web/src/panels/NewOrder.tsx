import { Button, NumberInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { api, asApiError, type NewOrder as Draft } from "../api";
import { useCommand, useMayOperate, useSite } from "../commands";
import { type Key, useTexts } from "../i18n";
import type { PlaceKind, Site } from "../types";

const KINDS: PlaceKind[] = ["dock", "gate", "crossdock", "block", "rack"];
const LONGEST_MINUTES = 7 * 24 * 60;

interface Form {
  pick: string | null;
  drop: string | null;
  priority: string;
  deadline: string | number;
  reference: string;
}

const EMPTY: Form = { pick: null, drop: null, priority: "0", deadline: "", reference: "" };

type Faults = Partial<Record<"pick" | "drop" | "deadline", Key>>;

function check(form: Form): Faults {
  const faults: Faults = {};
  if (form.pick === null) faults.pick = "new.need_pick";
  if (form.drop === null) faults.drop = "new.need_drop";
  else if (form.drop === form.pick) faults.drop = "new.same";
  const minutes = Number(form.deadline);
  if (form.deadline !== "" && !(minutes >= 1 && minutes <= LONGEST_MINUTES)) faults.deadline = "new.bad_deadline";
  return faults;
}

function toDraft(form: Form): Draft {
  const draft: Draft = { pick_place: form.pick ?? "", drop_place: form.drop ?? "", priority: Number(form.priority) };
  if (form.deadline !== "") draft.deadline_in_s = Number(form.deadline) * 60;
  if (form.reference.trim() !== "") draft.reference = form.reference.trim();
  return draft;
}

export function NewOrder() {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const may = useMayOperate();
  const [form, setForm] = useState<Form>(EMPTY);
  const [tried, setTried] = useState(false);
  const command = useCommand(api.createOrder, () => {
    // The places stay: the next pallet usually goes the same way.
    setForm((old) => ({ ...old, reference: "" }));
    setTried(false);
  });
  const faults = tried ? check(form) : {};
  const fault = (key: keyof Faults): string | undefined => (faults[key] === undefined ? undefined : t(faults[key]));
  const set = <K extends keyof Form>(key: K, value: Form[K]): void => {
    command.reset();
    setForm((old) => ({ ...old, [key]: value }));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(check(form)).length === 0) command.mutate(toDraft(form));
  };
  if (!may) return <p className="empty">{t("role.view_only")}</p>;
  const error = command.error === null ? null : asApiError(command.error);
  return (
    <form className="form" onSubmit={submit} noValidate data-testid="new-order">
      <PlaceSelect name="pick" label={t("new.pick")} site={site} value={form.pick} error={fault("pick")} onChange={(v) => set("pick", v)} />
      <PlaceSelect name="drop" label={t("new.drop")} site={site} value={form.drop} error={fault("drop")} onChange={(v) => set("drop", v)} />
      <div>
        <div className="label">{t("new.priority")}</div>
        <SegmentedControl
          fullWidth
          size="md"
          value={form.priority}
          onChange={(value) => set("priority", value)}
          data={["0", "5", "9"].map((value) => ({ value, label: t(`new.priority.${value}` as Key) }))}
        />
      </div>
      <NumberInput
        label={t("new.deadline")}
        description={t("new.deadline_help")}
        size="md"
        min={1}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        value={form.deadline}
        error={fault("deadline")}
        onChange={(value) => set("deadline", value)}
      />
      <TextInput
        label={t("new.reference")}
        description={t("new.reference_help")}
        size="md"
        maxLength={64}
        value={form.reference}
        onChange={(e) => set("reference", e.currentTarget.value)}
      />
      <Button type="submit" size="md" loading={command.isPending}>
        {t("new.submit")}
      </Button>
      {command.data !== undefined && (
        <p className="form-done" role="status">
          {t("new.accepted", { order: command.data.order_id })}
        </p>
      )}
      {error !== null && (
        <p className="form-error" role="alert">
          <b>{t("new.refused")}.</b> {texts.code(error.code, error.facts, site)}
        </p>
      )}
    </form>
  );
}

interface PlaceSelectProps {
  name: string;
  label: string;
  site: Site | undefined;
  value: string | null;
  error: string | undefined;
  onChange: (value: string | null) => void;
}

function PlaceSelect({ name, label, site, value, error, onChange }: PlaceSelectProps) {
  const { t, lang } = useTexts();
  const groups = KINDS.map((kind) => ({
    group: t(`kind.${kind}`),
    items: (site?.places ?? [])
      .filter((p) => p.kind === kind)
      .map((p) => ({ value: p.id, label: `${lang === "vi" ? p.name_vi : p.name_en} (${p.id})` })),
  })).filter((g) => g.items.length > 0);
  return (
    <Select
      name={name}
      label={label}
      placeholder={t("new.choose")}
      nothingFoundMessage={t("new.nothing")}
      size="md"
      searchable
      clearable
      maxDropdownHeight={340}
      data={groups}
      value={value}
      error={error}
      onChange={onChange}
    />
  );
}
