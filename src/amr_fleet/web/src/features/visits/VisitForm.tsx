import { Button, Modal, SegmentedControl, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import type { CutoffKind } from "../../shared/api/types";
import { useLive } from "../../shared/live/live";
import { NumberField } from "../../shared/ui/NumberField";
import { PlaceSelect } from "../../shared/ui/PlaceSelect";
import { type Visit, visitsApi } from "./api";
import { secondsTo, typedMoment } from "./moments";
import { useOwnTexts } from "./own_texts";

const KINDS: readonly CutoffKind[] = ["truck", "barge", "ship"];
const MOST_LOADS = 5000;

/** A new visit, or one that is changed; its name stays, as orders name it. */
export function VisitForm({ visit, close }: { visit?: Visit; close: () => void }) {
  const { t } = useOwnTexts();
  return (
    <Modal opened onClose={close} title={t(visit === undefined ? "visits.add" : "visits.change")} centered size="lg">
      <Fields {...(visit === undefined ? {} : { visit })} close={close} />
    </Modal>
  );
}

function Fields({ visit, close }: { visit?: Visit; close: () => void }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const site = useSite();
  const client = useQueryClient();
  const now = useLive((s) => s.panel?.t ?? 0);
  const [name, setName] = useState(visit?.name ?? "");
  const [kind, setKind] = useState<CutoffKind>(visit?.kind ?? "barge");
  const [was] = useState({ closes: visit === undefined ? "" : typedMoment(visit.at, now), begins: visit === undefined || visit.begins === 0 ? "" : typedMoment(visit.begins, now) });
  const [closes, setCloses] = useState(was.closes);
  const [begins, setBegins] = useState(was.begins);
  const [planned, setPlanned] = useState(visit?.planned ?? 0);
  const [place, setPlace] = useState<string | null>(visit === undefined || visit.place === "" ? null : visit.place);
  const [tried, setTried] = useState(false);
  // What is left as it was stays to the second, also when it has passed: read again it would be tomorrow's.
  const [keepCloses, keepBegins] = [visit !== undefined && closes === was.closes, visit !== undefined && begins === was.begins];
  const [closesIn, beginsIn] = [secondsTo(closes, now), secondsTo(begins, now)];
  const faults = {
    name: name.trim() === "" ? t("visits.need_name") : undefined,
    closes: closesIn === null && !keepCloses ? t("visits.bad_time") : undefined,
    begins: begins.trim() === "" || keepBegins ? undefined : beginsIn === null ? t("visits.bad_time") : !keepCloses && closesIn !== null && beginsIn >= closesIn ? t("visits.bad_begins") : undefined,
  };
  const shown = tried ? faults : { name: undefined, closes: undefined, begins: undefined };
  const save = useCommand(
    () =>
      visitsApi.set(name.trim(), {
        kind,
        closes_in_s: keepCloses ? null : closesIn,
        begins_in_s: keepBegins ? null : (beginsIn ?? 0),
        planned,
        place: place ?? "",
        visit_id: visit?.visit_id ?? "",
      }),
    () => {
      void client.invalidateQueries({ queryKey: ["visits"] });
      void client.invalidateQueries({ queryKey: ["book"] });
      close();
    },
    true,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).every((fault) => fault === undefined)) save.mutate(undefined);
  };
  const error = save.error === null ? null : asApiError(save.error);
  return (
    <form className="form visit-form" onSubmit={submit} noValidate>
      <TextInput label={t("visits.name")} placeholder="SL-12, 65C-123.45" size="md" maxLength={64} value={name} disabled={visit !== undefined} error={shown.name} onChange={(e) => setName(e.currentTarget.value)} {...(visit === undefined ? { "data-autofocus": true } : {})} />
      <SegmentedControl aria-label={t("visits.kind")} value={kind} onChange={(value) => setKind(value)} data={KINDS.map((value) => ({ value, label: t(`cutoff.${value}`) }))} />
      <TextInput label={t("visits.closes")} description={t("visits.time_hint")} size="md" maxLength={12} value={closes} error={shown.closes} onChange={(e) => setCloses(e.currentTarget.value)} />
      <TextInput label={t("visits.begins")} description={t("visits.time_hint")} size="md" maxLength={12} value={begins} error={shown.begins} onChange={(e) => setBegins(e.currentTarget.value)} />
      <NumberField label={t("visits.plan")} description={t("visits.plan_help")} size="md" value={planned} min={0} max={MOST_LOADS} clampBehavior="strict" allowDecimal={false} otherwise={0} large onChange={setPlanned} />
      <PlaceSelect name="place" label={t("visits.place")} value={place} onChange={setPlace} />
      <p className="hint">{t("visits.new_help")}</p>
      {error !== null && (
        <p className="form-error" role="alert">
          {texts.code(error.code, error.facts, site)}
        </p>
      )}
      <Button type="submit" size="md" loading={save.isPending}>
        {t("visits.save")}
      </Button>
    </form>
  );
}
