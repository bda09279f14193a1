import "./styles.css";

import { Button, Radio, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useLocation, useParams } from "wouter";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import type { OrderDetail, Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { note } from "../../shared/ui/dialogs";
import { PlaceSelect } from "../../shared/ui/PlaceSelect";
import { Refusal } from "../../shared/ui/Refusal";
import { nearPlace } from "../attention/waits";
import { type Carrying, robotsApi } from "../robots/api";
import { useMayCarry, useResume } from "../robots/Owners";
import { Effect } from "../whatif/Effect";
import { cancelApi } from "./api";
import { useWords } from "./hooks";
import { cannotCarry, missing, saidOfStop, stageOf, stands, staysPaused, stopPoint, type Way } from "./plan";

const REFRESH_MS = 1000;

/** Cancelling an order whose load is on a robot: stop it, say where the load goes and who takes it, then cancel. */
export default function CancelPage() {
  const { id = "" } = useParams<{ id: string }>();
  const { t, code } = useTexts();
  const w = useWords();
  const query = useQuery({ queryKey: ["orders", id], queryFn: () => cancelApi.order(id), refetchInterval: REFRESH_MS });
  const path = `/orders/${encodeURIComponent(id)}`;
  return (
    <main className="page">
      <div className="page-wide cancel">
        <p className="crumb">
          <Link href={path}>{t("order.title", { order: id })}</Link>
        </p>
        <div className="page-head">
          <h2>{w("cancel.title", { order: id })}</h2>
        </div>
        {query.error !== null && <p className="form-error">{code(asApiError(query.error).code, asApiError(query.error).facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && <Flow order={query.data} path={path} />}
      </div>
    </main>
  );
}

function Flow({ order, path }: { order: OrderDetail; path: string }) {
  const w = useWords();
  const robot = useLive((s) => s.panel?.robots.find((r) => r.name === order.robot));
  const stage = stageOf(order, robot);
  // Only a pause of this page is lifted by it; one that stood before is somebody else's.
  const [ours, setOurs] = useState(false);
  if (stage === "none" || robot === undefined) {
    return (
      <p className="card">
        {w("cancel.none")} <Link href={path}>{w("cancel.to_order")}</Link>
      </p>
    );
  }
  if (stage === "done") return <Done order={order} robot={robot} />;
  return (
    <>
      <Stop robot={robot} paused={() => setOurs(true)} />
      <Plan key={stage} order={order} robot={robot} cancelled={stage === "unload"} resumes={ours} />
    </>
  );
}

function Step({ number, title, done = false, children }: { number: number; title: string; done?: boolean; children: ReactNode }) {
  return (
    <section className="card cancel-step" aria-label={title}>
      <span className={done ? "cancel-number cancel-done" : "cancel-number"} aria-hidden="true">
        {done ? "✓" : number}
      </span>
      <div>
        <h3>{title}</h3>
        {children}
      </div>
    </section>
  );
}

function Stop({ robot, paused }: { robot: Robot; paused: () => void }) {
  const { num, place } = useTexts();
  const w = useWords();
  const site = useSite();
  const pause = useCommand(() => cancelApi.pause(robot.name), paused, true);
  const name = robotLabel(robot.name);
  const standing = stands(robot);
  const point = stopPoint(robot);
  const near = point === null ? null : nearPlace({ ...robot, x: point[0], y: point[1] }, site);
  const where = near === null ? w("cancel.on_the_way") : w("cancel.near", { place: place(near, site) });
  return (
    <Step number={1} title={w("cancel.stop", { robot: name })} done={robot.paused && robot.online && standing}>
      <p role="status">
        {w(saidOfStop(robot), { robot: name, where, speed: num(robot.v === null ? null : Math.abs(robot.v), 1) })}
      </p>
      {!robot.paused && (
        <Button onClick={() => pause.mutate(undefined)} loading={pause.isPending}>
          {w("cancel.pause", { robot: name })}
        </Button>
      )}
      <Refusal error={pause.error} />
    </Step>
  );
}

interface PlanProps {
  order: OrderDetail;
  robot: Robot;
  cancelled: boolean;
  resumes: boolean;
}

function Plan({ order, robot, cancelled, resumes }: PlanProps) {
  const { t, place } = useTexts();
  const w = useWords();
  const site = useSite();
  const hindered = cannotCarry(robot);
  const [chosen, setChosen] = useState<Way | null>(cancelled || hindered !== null ? "by_hand" : null);
  const [drop, setDrop] = useState<string | null>(null);
  const [person, setPerson] = useState("");
  const name = robotLabel(robot.name);
  const goal = chosen === "back" ? order.pick_place : drop;
  const needs = missing(robot, chosen, goal, person);
  const ready = needs === null;
  const complete = ready || needs === "cancel.needs_pause" || needs === "cancel.needs_standing";
  return (
    <>
      <Step number={2} title={w("cancel.where", { load: order.load_id })} done={complete}>
        <Radio.Group value={chosen} onChange={(value) => setChosen(value)} aria-label={w("cancel.where", { load: order.load_id })}>
          <div className="cancel-ways">
            <Radio value="elsewhere" disabled={hindered !== null} label={w("cancel.elsewhere", { robot: name })} description={hindered === null ? w("cancel.robot_takes", { robot: name }) : w(`cancel.cannot.${hindered}`, { robot: name })} />
            {chosen === "elsewhere" && <PlaceSelect name="cancel-drop" label={t("new.drop")} value={drop} onChange={setDrop} />}
            <Radio value="back" disabled={hindered !== null} label={w("cancel.back", { place: place(order.pick_place, site) })} description={hindered === null ? w("cancel.robot_takes", { robot: name }) : w(`cancel.cannot.${hindered}`, { robot: name })} />
            <Radio value="by_hand" label={w("cancel.by_hand")} description={w("cancel.by_hand_help", { robot: name })} />
            {chosen === "by_hand" && <TextInput label={w("cancel.person")} maxLength={64} value={person} onChange={(e) => setPerson(e.currentTarget.value)} />}
          </div>
        </Radio.Group>
      </Step>
      <Step number={3} title={w(cancelled ? "cancel.carry_out" : "cancel.confirm")}>
        {!cancelled && <Effect change={{ cancelled_orders: [order.order_id] }} />}
        {ready && chosen !== "by_hand" && staysPaused(robot, resumes) && <p role="status">{w("cancel.stays_paused", { robot: name })}</p>}
        {needs !== null && <p className="row-dim">{w(needs, { robot: name })}</p>}
        <Confirm order={order} robot={robot} way={chosen} goal={goal} person={person.trim()} ready={ready} cancelled={cancelled} resumes={resumes} />
      </Step>
    </>
  );
}

interface ConfirmProps extends PlanProps {
  way: Way | null;
  goal: string | null;
  person: string;
  ready: boolean;
}

/** One button for all of it; what is done already is not done again when a later part was refused. */
function Confirm({ order, robot, way, goal, person, ready, cancelled, resumes }: ConfirmProps) {
  const w = useWords();
  const [, go] = useLocation();
  const name = robotLabel(robot.name);
  const mayCarry = useMayCarry(robot);
  const run = useCommand(
    async ({ place, said, stays }: { place: string | null; said: Carrying; stays: boolean }) => {
      if (!cancelled) await cancelApi.cancel(order.order_id);
      if (place === null) {
        await cancelApi.note(w("cancel.note", { load: order.load_id, robot: name, order: order.order_id, person }));
        return null;
      }
      const next = await robotsApi.deliver(robot.name, place, said);
      if (resumes) await cancelApi.resume(robot.name);
      return { order: next.order_id, stays };
    },
    (next) => {
      note(next === null ? w("cancel.done_by_hand", { load: order.load_id, robot: name }) : w(next.stays ? "cancel.done_waits" : "cancel.done_carry", { order: next.order, robot: name }));
      if (next !== null) go(`/orders/${encodeURIComponent(next.order)}`);
    },
    true,
  );
  // Cancelling has the robot wait for somebody to unload it; with the same press it is told to carry on instead.
  const press = async (): Promise<void> => {
    const stays = staysPaused(robot, resumes);
    if (way === "by_hand" || goal === null) return run.mutate({ place: null, said: {}, stays });
    const said = await mayCarry();
    if (said !== null) run.mutate({ place: goal, said: cancelled ? said : { ...said, nobody_there: true }, stays });
  };
  return (
    <>
      <div className="button-row">
        <Button color={cancelled ? undefined : "var(--bad-note)"} disabled={!ready} loading={run.isPending} onClick={() => void press()}>
          {w(cancelled ? (way === "by_hand" ? "cancel.write_down" : "cancel.send") : "cancel.do", { order: order.order_id })}
        </Button>
      </div>
      <Refusal error={run.error} />
    </>
  );
}

/** The load is off. The robot stays paused until somebody at it says that it may drive. */
function Done({ order, robot }: { order: OrderDetail; robot: Robot }) {
  const w = useWords();
  const resume = useResume(robot);
  const name = robotLabel(robot.name);
  return (
    <Step number={4} title={w("cancel.gone", { load: order.load_id, robot: name })} done={!robot.paused}>
      <p>{w(robot.paused ? "cancel.may_drive" : "cancel.drives", { robot: name })}</p>
      {robot.paused && (
        <Button onClick={() => void resume.press()} loading={resume.busy}>
          {w("cancel.resume", { robot: name })}
        </Button>
      )}
    </Step>
  );
}
