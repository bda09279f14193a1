import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";

import { asApiError } from "../../shared/api/request";
import { secondsUntil } from "../../shared/i18n/times";
import { useLive } from "../../shared/live/live";
import { ask } from "../../shared/ui/dialogs";
import { bookApi, type Cutoff } from "./api";
import { CutoffState } from "./CutoffState";
import { useBookCommand } from "./hooks";
import { useOwnTexts } from "./own_texts";

/** The trucks and barges that leave, and whether their orders will be there in time. */
export function Cutoffs({ cutoffs, may }: { cutoffs: Cutoff[]; may: boolean }) {
  const { t, code } = useOwnTexts();
  const remove = useBookCommand(bookApi.removeCutoff, undefined, true);
  const error = remove.error === null ? null : asApiError(remove.error);
  const sorted = [...cutoffs].sort((a, b) => a.at - b.at);
  return (
    <section className="card">
      <h3>{t("book.cutoffs")}</h3>
      {sorted.length === 0 && <p className="empty">{t("book.no_cutoffs")}</p>}
      <ul className="entries">
        {sorted.map((cutoff) => (
          <Row key={cutoff.name} cutoff={cutoff} remove={may ? (name) => remove.mutate(name) : undefined} />
        ))}
      </ul>
      {error !== null && (
        <p className="form-error" role="alert">
          {code(error.code, error.facts)}
        </p>
      )}
      {may && <SetCutoff />}
    </section>
  );
}

function Row({ cutoff, remove }: { cutoff: Cutoff; remove: ((name: string) => void) | undefined }) {
  const { t } = useOwnTexts();
  const { name } = cutoff;
  const press = async (): Promise<void> => {
    if (await ask({ title: t("book.remove_title", { name }), body: t("book.remove_cutoff"), confirm: t("book.remove") })) remove?.(name);
  };
  return (
    <li data-testid={`cutoff-${name}`}>
      <div>
        <b>
          <Link href={`/visits/${encodeURIComponent(name)}`}>{name}</Link> · {t(`cutoff.${cutoff.kind}`)}
        </b>
        <CutoffState cutoff={cutoff} />
      </div>
      {remove !== undefined && (
        <button type="button" className="small" aria-label={`${t("book.remove")} ${name}`} onClick={() => void press()}>
          {t("book.remove")}
        </button>
      )}
    </li>
  );
}

/** Add one, or move one of the same name: the deadlines of its orders move with it. */
function SetCutoff() {
  const { t } = useOwnTexts();
  const now = useLive((s) => s.panel?.t ?? 0);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Cutoff["kind"]>("truck");
  const [time, setTime] = useState("");
  const wait = secondsUntil(time, now);
  const set = useBookCommand(
    (seconds: number) => bookApi.setCutoff(name.trim(), kind, seconds),
    () => {
      setName("");
      setTime("");
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (wait !== null && name.trim() !== "") set.mutate(wait);
  };
  return (
    <form className="entry-form" onSubmit={submit}>
      <TextInput label={t("book.cutoff_name")} placeholder={t("book.cutoff_hint")} maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <SegmentedControl
        aria-label={t("book.kind")}
        value={kind}
        onChange={(value) => setKind(value)}
        data={(["truck", "barge", "ship"] as const).map((value) => ({ value, label: t(`cutoff.${value}`) }))}
      />
      <TextInput label={t("book.at")} placeholder="17:30" inputMode="numeric" maxLength={5} value={time} onChange={(e) => setTime(e.currentTarget.value)} />
      <Button type="submit" disabled={wait === null || name.trim() === ""} loading={set.isPending}>
        {t("book.set_cutoff")}
      </Button>
      <p className="hint">{t("book.cutoff_help")}</p>
    </form>
  );
}
