import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { stamp } from "../../shared/i18n/times";
import { useMay } from "../../shared/session/me";
import { note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { type EscalationChannel, type EscalationDelivery, type EscalationShown, escalationApi } from "./api";
import { useOwnTexts } from "./own_texts";
import { PushCard } from "./PushCard";

const REFRESH_MS = 3000;
/** What a sentence of an alarm names, where it is about all of its kind: nothing in particular. */
const ANY = Object.fromEntries(["robot", "robots", "order_id", "load_id", "place", "percent", "minutes", "door", "lift", "conveyor", "camera", "flight", "trial", "computer", "seconds", "count", "fleet", "error", "work", "version", "wanted", "address", "source", "ref"].map((name) => [name, "…"]));

/** Who is told of an alarm that nobody takes, and what became of the last messages. */
export default function EscalationPage() {
  const { t } = useOwnTexts();
  const query = useQuery({ queryKey: ["escalation"], queryFn: escalationApi.shown, refetchInterval: REFRESH_MS });
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/attention">{t("alarms.title")}</Link>
        </p>
        <div className="page-head">
          <h2>{t("esc.title")}</h2>
        </div>
        <p className="lead">{t("esc.lead")}</p>
        <Refusal error={query.error} />
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && (query.data.on ? <Shown shown={query.data} /> : <Off />)}
      </div>
    </main>
  );
}

function Off() {
  const { t } = useOwnTexts();
  return (
    <section className="card block">
      <h3>{t("esc.off")}</h3>
      <p>{t("esc.off_help")}</p>
    </section>
  );
}

function Shown({ shown }: { shown: EscalationShown }) {
  const { t, code } = useOwnTexts();
  return (
    <>
      <div className="cards block">
        <section className="card">
          <h3>{t("esc.steps")}</h3>
          <ul className="list">
            {shown.steps.map((step) => (
              <li key={`${step.after} ${step.channels.join()} ${step.people.join()}`}>
                {t("esc.step", { minutes: step.after })}: <b>{step.channels.join(", ")}</b>
                {step.people.length > 0 && ` → ${step.people.join(", ")}`}
              </li>
            ))}
          </ul>
          {shown.alarms.length > 0 && (
            <p>
              {t("esc.only")}: {shown.alarms.map((alarm) => code(alarm, ANY)).join("; ")}
            </p>
          )}
        </section>
        <section className="card">
          <h3>{t("esc.duty")}</h3>
          <p>
            {t("esc.now")}: <b data-testid="on-call-now">{shown.now.join(", ") || t("esc.nobody")}</b>
          </p>
          {shown.on_call.length === 0 ? <p className="row-dim">{t("esc.always")}</p> : <Duties shown={shown} />}
        </section>
      </div>
      <section className="card block">
        <h3>{t("esc.channels")}</h3>
        <Channels channels={shown.channels} />
      </section>
      <PushCard />
      <section className="card block">
        <h3>{t("esc.messages")}</h3>
        {shown.deliveries.length === 0 ? <p className="empty">{t("esc.none")}</p> : <Deliveries rows={shown.deliveries} />}
        <p className="row-dim">{t("esc.honest")}</p>
      </section>
    </>
  );
}

function Duties({ shown }: { shown: EscalationShown }) {
  const { t } = useOwnTexts();
  return (
    <>
      <ul className="list">
        {shown.on_call.map((duty, i) => (
          <li key={i}>
            {duty.begin === duty.end ? t("esc.all_day") : `${duty.begin}–${duty.end}`}
            {duty.days.length < 7 && ` (${duty.days.map((day) => t(`esc.day.${day}` as "esc.day.mon")).join(", ")})`}: <b>{duty.people.join(", ")}</b>
          </li>
        ))}
      </ul>
      {!shown.on_call.some((duty) => duty.begin === duty.end && duty.days.length === 7) && <p className="row-dim">{t("esc.gap")}</p>}
    </>
  );
}

function Channels({ channels }: { channels: EscalationChannel[] }) {
  const { t } = useOwnTexts();
  const may = useMay("engineer");
  return (
    <table className="table table-cards table-rows">
      <thead>
        <tr>
          {(["channel", "host", "waiting", "sent", "dead"] as const).map((name) => (
            <th key={name}>{t(`esc.col.${name}`)}</th>
          ))}
          {may && <th />}
        </tr>
      </thead>
      <tbody>
        {channels.map((channel) => (
          <tr key={channel.name} data-testid={`channel-${channel.name}`}>
            <td>
              <b>{channel.name}</b> <span className="row-dim">{t(`esc.kind.${channel.kind}`)}</span>
              {channel.stopped !== "" && <span className="text-red"> · {channel.stopped}</span>}
              {channel.error !== "" && <span className="text-red"> · {t("esc.error", { error: channel.error })}</span>}
              {channel.silent.length > 0 && <span className="text-red"> · {t("esc.silent", { people: channel.silent.join(", ") })}</span>}
            </td>
            <td data-label={t("esc.col.host")}>{channel.kind === "push" ? t("esc.internet") : channel.host}</td>
            <td data-label={t("esc.col.waiting")}>{channel.waiting}</td>
            <td data-label={t("esc.col.sent")}>{channel.sent}</td>
            <td data-label={t("esc.col.dead")}>{channel.dead}</td>
            {may && (
              <td>
                <Tries channel={channel} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Tries({ channel }: { channel: EscalationChannel }) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const run = useCommand(
    (person: string) => escalationApi.test(channel.name, person),
    () => {
      note(t("esc.tried"));
      void client.invalidateQueries({ queryKey: ["escalation"] });
    },
  );
  const people = channel.kind === "webhook" ? [""] : channel.people;
  return (
    <div className="button-row">
      {people.map((person) => (
        <Button key={person} variant="default" disabled={run.isPending} onClick={() => run.mutate(person)}>
          {person === "" ? t("esc.try_program") : t("esc.try", { person })}
        </Button>
      ))}
    </div>
  );
}

function Deliveries({ rows }: { rows: EscalationDelivery[] }) {
  const { t } = useOwnTexts();
  return (
    <table className="table table-cards table-rows" data-testid="deliveries">
      <thead>
        <tr>
          {(["at", "to", "text", "state"] as const).map((name) => (
            <th key={name}>{t(`esc.col.${name}`)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={`${row.at} ${row.channel} ${row.person} ${i}`}>
            <td>{stamp(row.at)}</td>
            <td data-label={t("esc.col.to")}>{[row.channel, row.person].filter((part) => part !== "").join(" · ")}</td>
            <td data-label={t("esc.col.text")}>{row.text}</td>
            <td data-label={t("esc.col.state")}>
              <span className={row.state === "dead" ? "text-red" : ""}>{t(`esc.state.${row.state}`)}</span>
              {row.attempts > 0 && <span className="row-dim"> · {t("esc.attempts", { count: row.attempts })}</span>}
              {row.reason !== "" && row.state !== "moot" && <span className="row-dim"> · {row.reason}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
