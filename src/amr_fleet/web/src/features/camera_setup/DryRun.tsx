import { useQuery } from "@tanstack/react-query";

import type { DryEvent } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { Refusal } from "../../shared/ui/Refusal";
import { useBlindness } from "../cameras/words";
import { setupApi } from "./api";
import { isSetupKey, useSetupTexts } from "./own_texts";

const EVERY_MS = 2000;

/** What the setup would have told so far; nothing of it reaches a robot. */
export function DryRun({ camera }: { camera: string }) {
  const s = useSetupTexts();
  const { num } = useTexts();
  const { short } = useBlindness();
  const query = useQuery({ queryKey: ["camera-setup", camera, "trial"], queryFn: () => setupApi.trial(camera), refetchInterval: EVERY_MS });
  const run = query.data;
  return (
    <div data-testid="dry-run">
      <Refusal error={query.error} />
      {run?.running === true && (
        <>
          <p>
            {s("trial", { pictures: run.pictures, seconds: num(run.seconds) })} {run.blind !== "" ? <b className="text-amber">{s("trial_blind", { why: short(run.blind) })}</b> : s("trial_seen", { count: run.things.length })}
          </p>
          {run.events.length === 0 && <p className="row-dim">{s("no_events")}</p>}
          <ul className="setup-events">
            {run.events.map((event) => (
              <Line key={event.event_id} event={event} began={run.began} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Line({ event, began }: { event: DryEvent; began: number }) {
  const s = useSetupTexts();
  const { num } = useTexts();
  const key = `event.${event.event}`;
  const from = num(event.begin - began);
  return (
    <li>
      <b>{event.area}</b> · {event.action === "slow" ? s("would_slow", { speed: num(event.max_speed, 1) }) : s("would_hold")} · {isSetupKey(key) ? s(key) : event.event}{" "}
      <span className="row-dim">{event.end === null ? s("from", { from }) : s("from_to", { from, to: num(event.end - began) })}</span>
    </li>
  );
}
