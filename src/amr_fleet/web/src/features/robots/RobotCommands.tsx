import "./styles.css";

import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import type { Integration, Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useMay, useMayOperate } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { PlaceSelect } from "../../shared/ui/PlaceSelect";
import { Refusal } from "../../shared/ui/Refusal";
import { Effect } from "../whatif/Effect";
import { type Carrying, robotsApi } from "./api";
import { useMayCarry } from "./Owners";
import { Relocalise } from "./Relocalise";
import { PauseButton, PauseEffect } from "./RobotList";

const LEVELS: readonly Integration[] = ["utilised", "respected", "noticed", "ignored"];

/** What a person may have a robot do; a refusal is told where the button was pressed. */
export function RobotCommands({ robot, onDraw }: { robot: Robot; onDraw?: () => void }) {
  const { t } = useTexts();
  const engineer = useMay("engineer");
  if (!useMayOperate()) return null;
  return (
    <div className="commands" data-testid="robot-commands">
      {robot.e_stop !== "" && <Release robot={robot} />}
      {robot.loads.length > 0 && robot.order_id === "" && <Deliver robot={robot} />}
      <section>
        <h3>{t("robot.commands")}</h3>
        <div className="button-row">
          <PauseButton robot={robot} />
          <Send robot={robot} to="park" />
          <Send robot={robot} to="charge" />
        </div>
        {robot.paused && <PauseEffect key={robot.name} robot={robot} />}
        {robot.order_id !== "" && <p className="hint">{t("robot.busy_hint")}</p>}
      </section>
      {engineer && <Integrate robot={robot} />}
      {engineer && <Relocalise robot={robot} onDraw={onDraw} />}
    </div>
  );
}

function Send({ robot, to }: { robot: Robot; to: "park" | "charge" }) {
  const { t } = useTexts();
  const send = useCommand(
    () => robotsApi.send(robot.name, to),
    () => note(t(`robot.${to}_done`, { robot: robotLabel(robot.name) })),
  );
  return (
    <button type="button" className="small" disabled={send.isPending || robot.order_id !== ""} onClick={() => send.mutate(undefined)}>
      {t(`robot.${to}`)}
    </button>
  );
}

/** After an emergency stop: first the button at the robot, then a person with a name. */
function Release({ robot }: { robot: Robot }) {
  const { t } = useTexts();
  const [person, setPerson] = useState("");
  const release = useCommand(
    () => robotsApi.release(robot.name, person.trim()),
    () => note(t("robot.released", { robot: robotLabel(robot.name) })),
    true,
  );
  const pressed = robot.e_stop !== "RELEASE";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    release.mutate(undefined);
  };
  return (
    <form className="command-card command-urgent" onSubmit={submit}>
      <h3>{t("robot.release_title")}</h3>
      <p>{t(pressed ? "robot.e_stop_on" : "robot.release_body")}</p>
      <div className="button-row change-robot">
        <TextInput label={t("robot.person")} maxLength={64} value={person} disabled={pressed} onChange={(e) => setPerson(e.currentTarget.value)} />
        <Button type="submit" disabled={pressed || person.trim().length < 2} loading={release.isPending}>
          {t("robot.release")}
        </Button>
      </div>
      <Refusal error={release.error} />
    </form>
  );
}

/** A load on board that belongs to no order is brought somewhere. */
function Deliver({ robot }: { robot: Robot }) {
  const { t } = useTexts();
  const [place, setPlace] = useState<string | null>(null);
  const mayCarry = useMayCarry(robot);
  const press = async (where: string): Promise<void> => {
    const said = await mayCarry();
    if (said !== null) deliver.mutate({ where, said });
  };
  const deliver = useCommand(
    ({ where, said }: { where: string; said: Carrying }) => robotsApi.deliver(robot.name, where, said),
    (order) => note(t("new.accepted", { order: order.order_id })),
    true,
  );
  return (
    <section className="command-card">
      <h3>{t("robot.deliver_title", { load: robot.loads.join(", ") })}</h3>
      <div className="button-row change-robot">
        <PlaceSelect name="deliver" label={t("new.drop")} value={place} onChange={setPlace} />
        <Button disabled={place === null} loading={deliver.isPending} onClick={() => place !== null && void press(place)}>
          {t("robot.deliver")}
        </Button>
      </div>
      <Refusal error={deliver.error} />
    </section>
  );
}

function Integrate({ robot }: { robot: Robot }) {
  const { t } = useTexts();
  const set = useCommand((level: Integration) => robotsApi.integrate(robot.name, level), undefined, true);
  const press = async (level: Integration): Promise<void> => {
    const yes = await ask({
      title: t("integration.title", { robot: robotLabel(robot.name), level: t(`integration.${level}`) }),
      body: t(`integration.${level}_body`),
      // One that only gets no new orders still brings what it has.
      ...(level === "utilised" ? {} : { detail: <Effect change={level === "respected" ? { resting_robots: [robot.name] } : { lost_robots: [robot.name] }} /> }),
      confirm: t(`integration.${level}`),
    });
    if (yes) set.mutate(level);
  };
  return (
    <section>
      <h3>{t("robot.integration")}</h3>
      <SegmentedControl
        fullWidth
        aria-label={t("robot.integration")}
        value={robot.integration}
        disabled={set.isPending}
        onChange={(level) => void press(level)}
        data={LEVELS.map((value) => ({ value, label: t(`integration.${value}`) }))}
      />
      <p className="hint">{t(`integration.${robot.integration}_body`)}</p>
      <Refusal error={set.error} />
    </section>
  );
}
