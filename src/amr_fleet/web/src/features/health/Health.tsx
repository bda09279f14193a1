import "./styles.css";

import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { api } from "../../shared/api/request";
import type { Wear } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { dateLine, simulatedDay, stamp } from "../../shared/i18n/times";
import { useMay } from "../../shared/session/me";
import { note } from "../../shared/ui/dialogs";
import { Fact } from "../../shared/ui/Fact";
import { type Day, daysOf } from "./days";
import { useOwnTexts } from "./own_texts";

const DAYS = 14;

/** What a robot has worked in all and since its service, how it was over days, and the services themselves. */
export default function Health({ robot }: { robot: string }) {
  const { t } = useOwnTexts();
  const engineer = useMay("engineer");
  const wear = useQuery({ queryKey: ["wear", robot], queryFn: () => api.get("/api/v1/robots/{name}/wear", { path: { name: robot } }), refetchInterval: 10_000 });
  const trends = useQuery({ queryKey: ["trends", "day", DAYS], queryFn: () => api.get("/api/v1/trends", { query: { step: "day", count: DAYS } }), staleTime: 300_000, retry: false });
  if (wear.data === undefined) return null;
  return (
    <section className="card" data-testid="robot-health">
      <h3>{t("health.title")}</h3>
      <Counters wear={wear.data} />
      {trends.data !== undefined && <Days days={daysOf(trends.data.points, robot)} />}
      <Services wear={wear.data} />
      {engineer && <NoteForm robot={robot} />}
    </section>
  );
}

function Counters({ wear }: { wear: Wear }) {
  const { t, num } = useOwnTexts();
  const say = (work: Wear["work"]): string => t("health.work", { km: num((work.metres ?? 0) / 1000, 1), lifts: num(work.lifts), hours: num(work.hours, 1) });
  return (
    <dl className="facts">
      <Fact name={t("health.all")}>{say(wear.work)}</Fact>
      {wear.services.length > 0 && <Fact name={t("health.since")}>{say(wear.since_service)}</Fact>}
    </dl>
  );
}

function Days({ days }: { days: Day[] }) {
  const { t, num } = useOwnTexts();
  const percent = (share: number | null): string => (share === null ? "–" : `${num(share * 100)} %`);
  const day = (begin: number): string => dateLine(begin)?.split(",")[0] ?? t("health.today", { day: simulatedDay(begin) });
  return (
    <>
      <h4>{t("health.days")}</h4>
      {days.length === 0 && <p className="empty">{t("health.no_days")}</p>}
      {days.length > 0 && (
        <table className="table table-cards">
          <thead>
            <tr>
              {(["day", "done", "soc", "used", "available", "faults"] as const).map((name) => (
                <th key={name}>{t(`health.col.${name}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map(({ begin, robot }) => (
              <tr key={begin}>
                <td>{day(begin)}</td>
                <td data-label={t("health.col.done")}>{robot.done}</td>
                <td data-label={t("health.col.soc")}>{percent(robot.soc_min)}</td>
                <td data-label={t("health.col.used")}>{percent(robot.soc_used)}</td>
                <td data-label={t("health.col.available")}>{percent(robot.availability)}</td>
                <td data-label={t("health.col.faults")}>{robot.faults}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Services({ wear }: { wear: Wear }) {
  const { t } = useOwnTexts();
  return (
    <>
      <h4>{t("health.services")}</h4>
      {wear.services.length === 0 && <p className="row-dim">{t("health.never")}</p>}
      <ul className="health-list">
        {[...wear.services].reverse().map((service) => (
          <li key={service.t}>
            <b>{stamp(service.t)}</b> · {service.user}
            <div>{service.text}</div>
          </li>
        ))}
      </ul>
    </>
  );
}

function NoteForm({ robot }: { robot: string }) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const save = useCommand(
    (done: string) => api.post("/api/v1/robots/{name}/service", { path: { name: robot }, body: { text: done } }),
    () => {
      setText("");
      note(t("health.noted", { robot: robotLabel(robot) }));
      void client.invalidateQueries({ queryKey: ["wear", robot] });
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") save.mutate(text.trim());
  };
  return (
    <form className="health-form" onSubmit={submit}>
      <TextInput label={t("health.text")} placeholder={t("health.text_hint")} maxLength={1000} value={text} onChange={(e) => setText(e.currentTarget.value)} />
      <Button type="submit" disabled={text.trim() === ""} loading={save.isPending}>
        {t("health.note")}
      </Button>
    </form>
  );
}
