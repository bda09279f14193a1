import { Button, Modal, NumberInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { secondsUntil } from "../../shared/i18n/times";
import { useLive } from "../../shared/live/live";
import { check, EMPTY, type Form, repeatable } from "../order_form/form";
import { OrderBasics } from "../order_form/OrderBasics";
import { PlanFields } from "../order_form/PlanFields";
import { bookApi } from "./api";
import { useBookCommand, useCutoffOptions } from "./hooks";
import { useOwnTexts } from "./own_texts";

const LEAST_MIN = 1;
const MOST_MIN = 28 * 24 * 60;

/** A button, and the form of an order that comes again. */
export function NewSchedule() {
  const { t } = useOwnTexts();
  const [opened, setOpened] = useState(false);
  return (
    <div className="entry-form">
      <Button onClick={() => setOpened(true)}>{t("book.add_schedule")}</Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("book.add_schedule")} centered size="lg">
        <ScheduleForm close={() => setOpened(false)} />
      </Modal>
    </div>
  );
}

function ScheduleForm({ close }: { close: () => void }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const site = useSite();
  const cutoffs = useCutoffOptions();
  const now = useLive((s) => s.panel?.t ?? 0);
  const [form, setForm] = useState<Form>(EMPTY);
  const [name, setName] = useState("");
  const [every, setEvery] = useState<number | string>("");
  const [first, setFirst] = useState("");
  const [due, setDue] = useState<number | string>("");
  const [tried, setTried] = useState(false);
  const save = useBookCommand(
    () =>
      bookApi.setSchedule(name.trim(), {
        order: repeatable(form),
        first_in_s: secondsUntil(first, now) ?? 0,
        every_s: Number(every) * 60,
        due_in_s: Number(due) * 60,
      }),
    close,
    true,
  );
  const badEvery = !(Number(every) >= LEAST_MIN && Number(every) <= MOST_MIN);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const { pick_place, drop_place } = check(form);
    if (pick_place === undefined && drop_place === undefined && !badEvery && name.trim() !== "") save.mutate(undefined);
  };
  const fields = { form, faults: tried ? check(form) : {}, set: (change: Partial<Form>) => setForm((old) => ({ ...old, ...change })) };
  const error = save.error === null ? null : asApiError(save.error);
  return (
    <form className="form form-modal" onSubmit={submit} noValidate>
      <TextInput label={t("book.name")} size="md" maxLength={64} value={name} error={tried && name.trim() === "" ? t("book.need_name") : undefined} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
      <OrderBasics {...fields} />
      <NumberInput label={t("book.every_min")} size="md" allowDecimal={false} allowNegative={false} value={every} error={tried && badEvery ? t("book.bad_every") : undefined} onChange={setEvery} />
      <TextInput label={t("book.first")} description={t("book.first_help")} size="md" placeholder="17:30" inputMode="numeric" maxLength={5} value={first} onChange={(e) => setFirst(e.currentTarget.value)} />
      <NumberInput label={t("new.deadline")} description={t("new.deadline_help")} size="md" allowDecimal={false} allowNegative={false} value={due} onChange={setDue} />
      <PlanFields {...fields} cutoffs={cutoffs} once={false} />
      {error !== null && (
        <p className="form-error" role="alert">
          {texts.code(error.code, error.facts, site)}
        </p>
      )}
      <Button type="submit" size="md" loading={save.isPending}>
        {t("accounts.save")}
      </Button>
    </form>
  );
}
