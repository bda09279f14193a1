import "./styles.css";

import { Autocomplete, Button } from "@mantine/core";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import type { HeldBy, Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useMe } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { type Carrying, robotsApi } from "./api";
import { endingOf, othersOf, whoSays } from "./said";

const LONGEST = 120;

/** Whose pauses keep a robot standing, and why; one's own gets its reason here, after the stop. */
export function Owners({ robot }: { robot: Robot }) {
  const texts = useTexts();
  const { t } = texts;
  const me = useMe().data?.user ?? "";
  const others = othersOf(robot.pauses, me);
  const mine = robot.pauses.find((pause) => pause.user === me && pause.scope === "one");
  const pause = useCommand((body: { text?: string; instead_of?: string[] }) => robotsApi.pause(robot.name, body));
  const ready = [t("held.ready.unload"), t("held.ready.look"), t("held.ready.work"), t("held.ready.way")];
  return (
    <div data-testid="owners">
      {robot.pauses.length > 0 && <p>{whoSays(robot.pauses, texts)}</p>}
      {others.map((user) => (
        <button key={user} type="button" className="small" disabled={pause.isPending} onClick={() => pause.mutate({ instead_of: [user] })}>
          {t("held.take_over", { user })}
        </button>
      ))}
      {mine !== undefined && <Reason key={mine.text} held={mine} ready={ready} busy={pause.isPending} onSay={(text) => pause.mutate({ text })} />}
    </div>
  );
}

/** Why one holds it, for whoever comes by: optional, and never before the stop. */
export function Reason({ held, ready, busy, onSay }: { held: HeldBy; ready: string[]; busy: boolean; onSay: (text: string) => void }) {
  const { t } = useTexts();
  const [text, setText] = useState(held.text);
  return (
    <div className="button-row change-robot">
      <Autocomplete label={t("held.why")} data={ready} value={text} maxLength={LONGEST} onChange={setText} />
      <Button variant="default" loading={busy} disabled={text.trim() === "" || text.trim() === held.text} onClick={() => onSay(text.trim())}>
        {t("held.say")}
      </Button>
    </div>
  );
}

/** How one knows that nobody is at it: a word for the journal. */
export function HowKnown({ users, onChange }: { users: string; onChange: (text: string) => void }) {
  const { t } = useTexts();
  const ready = [t("held.known.asked", { user: users }), t("held.known.looked")];
  return <Autocomplete label={t("held.known")} data={ready} maxLength={LONGEST} onChange={onChange} comboboxProps={{ withinPortal: true }} />;
}

/** Lets a robot go on: one's own pause at once; another person's, or one that waits for unloading, after a question. */
export function useResume(robot: Robot, done?: () => void) {
  const texts = useTexts();
  const { t } = texts;
  const me = useMe().data?.user ?? "";
  const command = useCommand(
    (body: { instead_of: string[]; unloaded: boolean; text: string; seen: number }) => robotsApi.resume(robot.name, body),
    () => done?.(),
  );
  const press = async (): Promise<void> => {
    const { pauses, others, unload, seen } = endingOf(robot.pauses, me);
    const users = others.join(", ");
    let known = "";
    if (others.length > 0 || unload) {
      const yes = await ask({
        title: t("held.resume_title", { robot: robotLabel(robot.name) }),
        body: whoSays(pauses, texts),
        ...(users === "" ? {} : { detail: <HowKnown users={users} onChange={(text) => (known = text)} /> }),
        warning: unload ? t("held.unloaded") : t("held.sure", { user: users }),
        confirm: users === "" ? t("robot.resume") : t("held.resume_for", { user: users }),
      });
      if (!yes) return;
    }
    command.mutate({ instead_of: others, unloaded: unload, text: known.trim(), seen });
  };
  return { press, busy: command.isPending };
}

/** Asks before a robot carries on what somebody was to take off, whoever that is; null = no. What was read is sent. */
export function useMayCarry(robot: Robot) {
  const texts = useTexts();
  const { t } = texts;
  const me = useMe().data?.user ?? "";
  return async (): Promise<Carrying | null> => {
    const held = robot.pauses.filter((pause) => pause.scope === "unload");
    if (held.length === 0) return {};
    const yes = await ask({
      title: t("held.resume_title", { robot: robotLabel(robot.name) }),
      body: `${t("held.deliver")} ${whoSays(held, texts)}`.trim(),
      warning: t("held.nobody"),
      confirm: t("robot.deliver"),
    });
    return yes ? { instead_of: othersOf(held, me), nobody_there: true } : null;
  };
}
