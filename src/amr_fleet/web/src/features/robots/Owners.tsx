import "./styles.css";

import { useCommand } from "../../shared/api/command";
import type { Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useMe } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { lazyPart } from "../../shared/ui/lazy_page";
import { type Carrying, robotsApi } from "./api";
import { endingOf, othersOf, whoSays } from "./said";

// A field with choices is as heavy as half the live page: it comes with the first pause that needs a word.
const Reason = lazyPart(async () => ({ default: (await import("./HeldWords")).Reason }));
const HowKnown = lazyPart(async () => ({ default: (await import("./HeldWords")).HowKnown }));

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
