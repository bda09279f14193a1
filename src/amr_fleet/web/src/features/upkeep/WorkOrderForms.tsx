import { Button, Checkbox, Modal, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { Keys } from "../../shared/api/key";
import { asApiError } from "../../shared/api/request";
import { robotLabel } from "../../shared/i18n/texts";
import { note as say } from "../../shared/ui/dialogs";
import { NumberField } from "../../shared/ui/NumberField";
import { type WorkOrder, upkeepApi } from "./api";
import { secondsOf } from "./judge";
import { useOwnTexts } from "./own_texts";
import { useWhen } from "./when";
import { useWhat } from "./WorkOrderLine";

const WEEK = 7;
const MOST_DAYS = 365;

/** A work order for what somebody has seen at a robot. */
export function NewWorkOrder({ robot, close }: { robot: string; close: () => void }) {
  const { t } = useOwnTexts();
  const [text, setText] = useState("");
  const [safety, setSafety] = useState(false);
  const [days, setDays] = useState(WEEK);
  const [owner, setOwner] = useState("");
  const [tried, setTried] = useState(false);
  const [keys] = useState(() => new Keys());
  const body = { text: text.trim(), safety, due_in_s: secondsOf(days), owner: owner.trim() };
  const save = useSaved(() => upkeepApi.open(robot, body, keys.of(JSON.stringify(body))), "upkeep.opened", close);
  return (
    <Asking title={`${t("upkeep.add")} · ${robotLabel(robot)}`} close={close} save={save} button={t("upkeep.add")} ready={text.trim() !== ""} tried={() => setTried(true)}>
      <Textarea label={t("upkeep.text")} placeholder={t("upkeep.text_hint")} size="md" autosize minRows={2} maxLength={1000} value={text} error={tried && text.trim() === "" ? t("upkeep.need_text") : undefined} onChange={(e) => setText(e.currentTarget.value)} data-autofocus />
      <Checkbox label={t("upkeep.safety")} size="md" checked={safety} onChange={(e) => setSafety(e.currentTarget.checked)} />
      <Days value={days} set={setDays} />
      <Owner value={owner} set={setOwner} />
    </Asking>
  );
}

/** Who does it, and until when. */
export function ChangeWorkOrder({ one, now, close }: { one: WorkOrder; now: number; close: () => void }) {
  const { t } = useOwnTexts();
  const { at } = useWhen();
  const [owner, setOwner] = useState(one.owner);
  const [due, setDue] = useState<"keep" | "new">("keep");
  const [days, setDays] = useState(WEEK);
  const save = useSaved(() => upkeepApi.change(one.work_id, { owner: owner.trim(), due_in_s: due === "keep" ? null : secondsOf(days) }), null, close);
  const keep = one.due === 0 ? t("upkeep.keep_no_due") : t("upkeep.keep_due", { time: at(one.due, now) });
  return (
    <Asking title={t("upkeep.change_title", { work: one.work_id })} close={close} save={save} button={t("upkeep.save")} ready>
      <Owner value={owner} set={setOwner} focus />
      <SegmentedControl value={due} onChange={setDue} data={[{ value: "keep", label: keep }, { value: "new", label: t("upkeep.new_due") }]} />
      {due === "new" && <Days value={days} set={setDays} />}
    </Asking>
  );
}

/** It is done, or need not be; a counter's is done one day. */
export function CloseWorkOrder({ one, close }: { one: WorkOrder; close: () => void }) {
  const { t } = useOwnTexts();
  const what = useWhat();
  const [outcome, setOutcome] = useState<"done" | "dropped">("done");
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const save = useSaved(() => upkeepApi.close(one.work_id, { outcome, note: note.trim() }), "upkeep.closed", close);
  return (
    <Asking title={t("upkeep.finish_title", { work: one.work_id })} close={close} save={save} button={t("upkeep.close")} ready={note.trim() !== ""} tried={() => setTried(true)}>
      <p className="upkeep-what">{what(one)}</p>
      {one.rule === "" && <SegmentedControl aria-label={t("upkeep.outcome")} value={outcome} onChange={setOutcome} data={(["done", "dropped"] as const).map((value) => ({ value, label: t(`upkeep.outcome.${value}`) }))} />}
      <Textarea label={t(outcome === "done" ? "upkeep.note" : "upkeep.why_not")} size="md" autosize minRows={2} maxLength={1000} value={note} error={tried && note.trim() === "" ? t("upkeep.need_note") : undefined} onChange={(e) => setNote(e.currentTarget.value)} data-autofocus />
      {one.rule === "service" && <p className="hint">{t("upkeep.resets")}</p>}
    </Asking>
  );
}

function Days({ value, set }: { value: number; set: (days: number) => void }) {
  const { t } = useOwnTexts();
  return <NumberField label={t("upkeep.days")} description={t("upkeep.days_help")} size="md" value={value} min={0} max={MOST_DAYS} clampBehavior="strict" allowNegative={false} otherwise={0} mayBeEmpty onChange={set} />;
}

function Owner({ value, set, focus }: { value: string; set: (owner: string) => void; focus?: boolean }) {
  const { t } = useOwnTexts();
  return <TextInput label={t("upkeep.owner")} description={t("upkeep.owner_help")} size="md" maxLength={64} value={value} onChange={(e) => set(e.currentTarget.value)} {...(focus === true ? { "data-autofocus": true } : {})} />;
}

type Saved = ReturnType<typeof useSaved>;

function useSaved(run: () => Promise<WorkOrder>, said: "upkeep.opened" | "upkeep.closed" | null, close: () => void) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  return useCommand(
    run,
    (one) => {
      if (said !== null) say(t(said, { work: one.work_id }));
      void client.invalidateQueries({ queryKey: ["work-orders"] });
      void client.invalidateQueries({ queryKey: ["wear", one.robot] });
      close();
    },
    true,
  );
}

interface AskingProps {
  title: string;
  close: () => void;
  save: Saved;
  button: string;
  ready: boolean;
  tried?: () => void;
  children: ReactNode;
}

function Asking({ title, close, save, button, ready, tried, children }: AskingProps) {
  const { code } = useOwnTexts();
  const error = save.error === null ? null : asApiError(save.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    tried?.();
    if (ready) save.mutate(undefined);
  };
  return (
    <Modal opened onClose={close} title={title} centered size="lg">
      <form className="form upkeep-form" onSubmit={submit} noValidate>
        {children}
        {error !== null && (
          <p className="form-error" role="alert">
            {code(error.code, error.facts)}
          </p>
        )}
        <Button type="submit" size="md" loading={save.isPending}>
          {button}
        </Button>
      </form>
    </Modal>
  );
}
