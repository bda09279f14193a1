import "./styles.css";

import { Button, NumberInput, Select, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { newKey } from "../../shared/api/key";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { useTexts } from "../../shared/i18n/texts";
import { useMayOperate, useMe } from "../../shared/session/me";
import { note } from "../../shared/ui/dialogs";
import { keepDraft, keptDraft } from "../../shared/ui/draft";
import { bookApi } from "../book/api";
import { useBook, useCutoffOptions } from "../book/hooks";
import { CargoFields } from "../order_form/CargoFields";
import { afterSending, check, type Form, fromTemplate, repeatable, toDraft, toMinutes, toSeconds, withDraft } from "../order_form/form";
import { OrderBasics } from "../order_form/OrderBasics";
import { PlanFields } from "../order_form/PlanFields";
import { ordersApi } from "./api";

/** The form for one order; what is rarely needed is folded away. */
export function NewOrder() {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const may = useMayOperate();
  const cutoffs = useCutoffOptions();
  const draft = `order.${useMe().data?.user ?? ""}`;
  const [before] = useState(() => keptDraft<Form>(draft));
  const [form, setForm] = useState<Form>(() => withDraft(before));
  const [tried, setTried] = useState(false);
  const [unsent, setUnsent] = useState(before === null ? "" : "before");
  useEffect(() => keepDraft(draft, unsent === "" ? null : form), [draft, form, unsent]);
  const sent = (): void => {
    keepDraft(draft, null); // the form may be gone when the answer comes
    setForm(afterSending);
    setTried(false);
    setUnsent("");
  };
  const command = useCommand(ordersApi.createOrder, sent, true);
  const faults = tried ? check(form) : {};
  const change = (next: (old: Form) => Form): void => {
    setForm(next);
    setUnsent((was) => (was === "" ? "now" : was)); // folds may hold more of before: it is said until it is sent
  };
  const set = (part: Partial<Form>): void => {
    command.reset();
    change((old) => ({ ...old, ...part, key: newKey() }));
  };
  const anew = (): void => {
    setForm(withDraft(null));
    setUnsent("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(check(form)).length === 0) command.mutate(toDraft(form));
  };
  if (!may) return <p className="empty">{t("role.view_only")}</p>;
  const error = command.error === null ? null : asApiError(command.error);
  const fields = { form, faults, set };
  return (
    <form className="form" onSubmit={submit} noValidate data-testid="new-order">
      {unsent === "before" && (
        <p className="hint" role="status">
          {t("new.draft")}{" "}
          <button type="button" className="small" onClick={anew}>
            {t("new.anew")}
          </button>
        </p>
      )}
      <TemplateSelect fill={change} />
      <OrderBasics {...fields} />
      <NumberInput
        label={t("new.deadline")}
        description={t("new.deadline_help")}
        size="md"
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        value={toMinutes(form.deadline_in_s)}
        error={faults.deadline_in_s === undefined ? undefined : t(faults.deadline_in_s)}
        onChange={(minutes) => set({ deadline_in_s: toSeconds(minutes) })}
      />
      <TextInput
        label={t("new.reference")}
        description={t("new.reference_help")}
        size="md"
        maxLength={64}
        value={form.reference}
        onChange={(e) => set({ reference: e.currentTarget.value })}
      />
      <Fold title={t("cargo.title")} open={faults.load_id !== undefined || faults.container !== undefined}>
        <CargoFields {...fields} />
      </Fold>
      <Fold title={t("new.plan")} open={faults.earliest_in_s !== undefined}>
        <PlanFields {...fields} cutoffs={cutoffs} />
      </Fold>
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
      <Fold title={t("book.save_template")}>
        <SaveTemplate form={form} />
      </Fold>
    </form>
  );
}

function Fold({ title, open = false, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details className="fold" open={open || undefined}>
      <summary>{title}</summary>
      <div className="fold-body">{children}</div>
    </details>
  );
}

function TemplateSelect({ fill }: { fill: (change: (form: Form) => Form) => void }) {
  const { t } = useTexts();
  const templates = useBook().data?.templates ?? [];
  if (templates.length === 0) return null;
  const choose = (name: string | null): void => {
    const template = templates.find((one) => one.name === name);
    if (template !== undefined) fill((form) => fromTemplate(template.order, form));
  };
  return <Select label={t("new.template")} placeholder={t("new.template_hint")} size="md" searchable data={templates.map((one) => one.name)} onChange={choose} />;
}

function SaveTemplate({ form }: { form: Form }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const save = useCommand(
    () => bookApi.setTemplate(name.trim(), repeatable(form)),
    (book) => {
      client.setQueryData(["book"], book);
      note(t("book.template_saved", { name: name.trim() }));
      setName("");
    },
  );
  const { pick_place, drop_place } = check(form);
  return (
    <>
      <TextInput label={t("book.name")} description={t("book.template_help")} maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <Button variant="default" disabled={name.trim() === "" || pick_place !== undefined || drop_place !== undefined} loading={save.isPending} onClick={() => save.mutate(undefined)}>
        {t("accounts.save")}
      </Button>
    </>
  );
}
