import "./styles.css";

import { Button, Textarea } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { Keys } from "../../shared/api/key";
import { useSite } from "../../shared/api/site";
import { clock, isKey, robotLabel, useTexts } from "../../shared/i18n/texts";
import { useMayOperate } from "../../shared/session/me";
import { Refusal } from "../../shared/ui/Refusal";
import { attentionApi, type Intervention } from "./api";
import { asked } from "./asked";

const REFRESH_MS = 10_000;
const LONGEST_NOTE = 1000;
const MINUTE_S = 60;
const DAY_S = 86_400;
const minute = (t: number): number => Math.floor(t / MINUTE_S);

/** What this shift tells the next one. */
export function ShiftNotes({ begin, end, write }: { begin: number; end: number; write: boolean }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const may = useMayOperate() && write;
  const [text, setText] = useState("");
  const [keys] = useState(() => new Keys());
  const query = useQuery({ queryKey: ["notes", minute(begin), minute(end)], queryFn: () => attentionApi.notes(begin, end + MINUTE_S), placeholderData: keepPreviousData, refetchInterval: REFRESH_MS });
  const add = useCommand(
    () => attentionApi.addNote(text.trim(), keys.of(text.trim())),
    () => {
      setText("");
      keys.done();
      void client.invalidateQueries({ queryKey: ["notes"] });
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") add.mutate(undefined);
  };
  const notes = query.data?.notes ?? [];
  return (
    <section className="card">
      <h3>{t("handover.notes")}</h3>
      <Refusal error={query.error} />
      {query.isSuccess && notes.length === 0 && <p className="empty">{t("handover.no_notes")}</p>}
      <ol className="history" data-testid="notes">
        {notes.map((note) => (
          <li key={`${note.t} ${note.text}`}>
            <time>{clock(note.t).slice(0, -3)}</time>
            <span>
              {note.text} <span className="row-dim">· {note.user}</span>
            </span>
          </li>
        ))}
      </ol>
      {may && (
        <form className="note-form" onSubmit={submit}>
          <Textarea aria-label={t("handover.write")} placeholder={t("handover.write")} autosize minRows={2} maxLength={LONGEST_NOTE} value={text} onChange={(e) => setText(e.currentTarget.value)} />
          <Button type="submit" variant="default" disabled={text.trim() === ""} loading={add.isPending}>
            {t("handover.add")}
          </Button>
        </form>
      )}
    </section>
  );
}

/** What needed a person in a period: who took it, when, and for how long it lasted. */
export function Interventions({ begin, end }: { begin: number; end: number }) {
  const { t } = useTexts();
  const query = useQuery({ queryKey: ["interventions", minute(begin), minute(end)], queryFn: () => attentionApi.interventions(begin, end + MINUTE_S), placeholderData: keepPreviousData, refetchInterval: REFRESH_MS });
  const found = (query.data?.interventions ?? []).filter((one) => one.cleared > 0);
  return (
    <section className="card">
      <h3>{t("handover.past")}</h3>
      <Refusal error={query.error} />
      {query.isSuccess && found.length === 0 && <p className="empty">{t("handover.none_past")}</p>}
      <ol className="history" data-testid="interventions">
        {found.map((one) => (
          <Past key={`${one.alarm_id} ${one.raised}`} one={one} />
        ))}
      </ol>
    </section>
  );
}

/** Who opens the page from a message whose alarm is not open any more reads what it was, where that is known. */
export function AskedAlarm({ alarm, now }: { alarm: string; now: number }) {
  const { t } = useTexts();
  const query = useQuery({
    queryKey: ["interventions", "asked", alarm],
    queryFn: () => attentionApi.interventions(now - DAY_S, now + MINUTE_S),
    refetchInterval: ({ state }) => (asked(alarm, state.data?.interventions, state.error).is === "over" ? false : REFRESH_MS),
  });
  const what = asked(alarm, query.data?.interventions, query.error);
  if (what.is === "asking") return null;
  return (
    <section className="card block" role="status" data-testid="asked">
      {what.is === "failed" && <Refusal error={what.error} />}
      {what.is === "unknown" && <p>{t("alarms.asked_unknown")}</p>}
      {what.is === "over" && (
        <>
          <h3>{t("alarms.asked_over")}</h3>
          <ol className="history">
            <Past one={what.one} />
          </ol>
        </>
      )}
    </section>
  );
}

function Past({ one }: { one: Intervention }) {
  const { t, code, age } = useTexts();
  const site = useSite();
  const key = `past.${one.code}`; // where the sentence needs facts that only the open alarm has
  const what = isKey(key) ? t(key, { robot: robotLabel(one.robot), order_id: one.order_id }) : code(one.code, { robot: one.robot, order_id: one.order_id }, site);
  return (
    <li>
      <time>{clock(one.raised).slice(0, -3)}</time>
      <span>
        {what}
        <span className="row-dim">
          {" "}
          · {one.acked_by === "" ? t("handover.untaken") : t("alarms.acked", { user: one.acked_by, time: clock(one.acked_at).slice(0, -3) })} · {t("handover.lasted", { age: age(one.cleared - one.raised) })}
        </span>
      </span>
    </li>
  );
}
