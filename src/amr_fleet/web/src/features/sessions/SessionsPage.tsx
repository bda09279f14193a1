import "./styles.css";

import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { stamp } from "../../shared/i18n/times";
import { ask, note } from "../../shared/ui/dialogs";
import { loginApi } from "../login/api";
import { type SessionRow, sessionsApi } from "./api";
import { useOwnTexts } from "./own_texts";

/** The shared tablets, and who is logged in from where. */
export default function SessionsPage() {
  const { t, code } = useOwnTexts();
  const query = useQuery({ queryKey: ["sessions"], queryFn: sessionsApi.sessions, refetchInterval: 10_000 });
  const error = query.error === null ? null : asApiError(query.error);
  const rows = query.data?.sessions ?? [];
  const devices = rows.filter((row) => row.kind === "device");
  const people = rows.filter((row) => row.kind !== "device").sort((a, b) => b.seen - a.seen);
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.sessions")}</h2>
        </div>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && (
          <>
            <section className="card block">
              <h3>{t("sessions.tablets")}</h3>
              <Enrol />
              {devices.length === 0 ? <p className="empty">{t("sessions.no_tablets")}</p> : <Table rows={devices} />}
            </section>
            <section className="card block">
              <h3>{t("sessions.people")}</h3>
              <Table rows={people} />
            </section>
          </>
        )}
      </div>
    </main>
  );
}

/** The browser that asks becomes a shared tablet: it is done at the tablet itself. */
function Enrol() {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const device = useQuery({ queryKey: ["device"], queryFn: loginApi.device, staleTime: Infinity }).data?.device ?? null;
  const [name, setName] = useState("");
  const enrol = useCommand(
    () => sessionsApi.enrol(name.trim()),
    () => {
      note(t("sessions.enrolled", { name: name.trim() }));
      setName("");
      void client.invalidateQueries({ queryKey: ["device"] });
      void client.invalidateQueries({ queryKey: ["sessions"] });
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== "") enrol.mutate(undefined);
  };
  if (device !== null) return <p className="lead">{t("sessions.this_tablet", { name: device })}</p>;
  return (
    <form className="button-row change-robot block" onSubmit={submit}>
      <TextInput label={t("sessions.tablet_name")} placeholder={t("sessions.tablet_hint")} maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <Button type="submit" disabled={name.trim() === ""} loading={enrol.isPending}>
        {t("sessions.enrol")}
      </Button>
      <p className="hint block-hint">{t("sessions.enrol_help")}</p>
    </form>
  );
}

function Table({ rows }: { rows: SessionRow[] }) {
  const { t } = useOwnTexts();
  return (
    <table className="table table-cards table-rows">
      <thead>
        <tr>
          {(["name", "kind", "client", "created", "seen"] as const).map((name) => (
            <th key={name}>{t(`sessions.${name}`)}</th>
          ))}
          <th />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: SessionRow }) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const tablet = row.kind === "device";
  const end = useCommand(
    () => sessionsApi.end(row.id),
    () => {
      void client.invalidateQueries({ queryKey: ["sessions"] });
      void client.invalidateQueries({ queryKey: ["device"] });
    },
  );
  const label = t(tablet ? "sessions.take_back" : "sessions.end");
  const press = async (): Promise<void> => {
    const facts = { name: tablet ? row.client : row.name };
    const yes = await ask({ title: `${label}?`, body: t(tablet ? "sessions.take_back_body" : "sessions.end_body", facts), confirm: label });
    if (yes) end.mutate(undefined);
  };
  return (
    <tr data-testid={`session-${tablet ? row.client : row.name}`}>
      <td>
        <b>{tablet ? row.client : row.name}</b>
      </td>
      <td data-label={t("sessions.kind")}>{t(`sessions.kind.${row.kind}`)}</td>
      <td data-label={t("sessions.client")}>{tablet ? t("sessions.by", { user: row.name }) : row.client || "–"}</td>
      <td data-label={t("sessions.created")}>{stamp(row.created)}</td>
      <td data-label={t("sessions.seen")}>{stamp(row.seen)}</td>
      <td className="num">
        {row.own ? (
          <span className="row-dim">{t("sessions.own")}</span>
        ) : (
          <button type="button" className="small" disabled={end.isPending} onClick={() => void press()}>
            {label}
          </button>
        )}
      </td>
    </tr>
  );
}
