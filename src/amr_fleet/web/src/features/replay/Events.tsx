import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { useSite } from "../../shared/api/site";
import type { Site } from "../../shared/api/types";
import { isEvent } from "../../shared/i18n/events";
import { isKey, robotLabel } from "../../shared/i18n/texts";
import { Refusal } from "../../shared/ui/Refusal";
import { type JournalEvent, replayApi } from "./api";
import { type Texts, useOwnTexts } from "./own_texts";

interface Props {
  begin: number;
  end: number;
  now: number;
  time: (t: number) => string;
  shown: (e: JournalEvent) => boolean;
  onGo: (t: number) => void;
}

const DULL = ["mission_started", "mission_ended"];

/** What the journal says around the time that is shown; a press goes there. */
export function Events({ begin, end, now, time, shown, onGo }: Props) {
  const texts = useOwnTexts();
  const { t } = texts;
  const site = useSite();
  const from = Math.floor(begin / 30) * 30;
  const query = useQuery({
    queryKey: ["replay", "events", from],
    queryFn: () => replayApi.events(from, Math.ceil(end / 30) * 30 + 30),
    placeholderData: keepPreviousData,
  });
  // Those of another moment stay while the next are fetched, and say their times; none of them is no "none".
  const events = (query.data?.events ?? []).filter((e) => !DULL.includes(e.kind) && shown(e)).reverse();
  return (
    <>
      <h3 className="panel-title replay-title">{t("replay.events")}</h3>
      <Refusal error={query.error} />
      {query.isSuccess && !query.isPlaceholderData && events.length === 0 && <p className="empty">{t("replay.no_events")}</p>}
      <ul className="list replay-events">
        {events.map((e, i) => (
          <li key={`${e.t}-${i}`} className={e.t > now ? "row event-later" : "row"}>
            <button type="button" className="event" onClick={() => onGo(e.t)}>
              <time>{time(e.t)}</time>
              <span>{sentence(e, texts, site)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function sentence(e: JournalEvent, texts: Texts, site: Site | undefined): string {
  const key = `event.${e.kind}`;
  const f = e.facts;
  const parts = [isEvent(key) ? texts.t(key) : e.kind];
  if (e.order_id !== "") parts.push(e.order_id);
  if (e.robot !== "") parts.push(robotLabel(e.robot));
  if (typeof f.state === "string" && isKey(`order.state.${f.state}`)) parts.push(texts.t(`order.state.${f.state}` as never));
  if (typeof f.pick_place === "string" && typeof f.drop_place === "string") parts.push(`${texts.place(f.pick_place, site)} → ${texts.place(f.drop_place, site)}`);
  if (typeof f.code === "string" && f.code.includes(".")) parts.push(texts.code(f.code, { ...f, robot: e.robot, order_id: e.order_id }, site));
  if (typeof f.zone === "string") parts.push(f.zone);
  if (e.kind === "alarm_escalated") parts.push(...[f.alarms, f.channel, f.person].filter((part) => typeof part === "string" && part !== "").map(String));
  if (typeof f.text === "string" && f.text !== "") parts.push(f.text);
  if (typeof f.user === "string" && f.user !== "") parts.push(texts.t("event.by", { user: f.user }));
  if (typeof f.instead_of === "string" && f.instead_of !== "") parts.push(texts.t("event.instead_of", { user: f.instead_of }));
  return parts.join(" · ");
}
