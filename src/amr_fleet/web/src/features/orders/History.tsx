import { useSite } from "../../shared/api/site";
import type { Site } from "../../shared/api/types";
import { en, type EventKey, isEvent, vi } from "../../shared/i18n/events";
import { type OwnTexts, useTextsWith } from "../../shared/i18n/own";
import { clock, isKey, robotLabel } from "../../shared/i18n/texts";
import type { HistoryEntry } from "./api";

type Texts = OwnTexts<EventKey>;

/** What the journal says, oldest first, each entry in a few words. */
export function History({ entries }: { entries: readonly HistoryEntry[] }) {
  const texts = useTextsWith<EventKey>({ vi, en });
  const site = useSite();
  return (
    <ol className="history">
      {entries.map((entry, index) => (
        <li key={index}>
          <time>{clock(entry.t)}</time>
          <span>
            {title(entry, texts)}
            <span className="row-dim"> {details(entry, texts, site)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

function title(entry: HistoryEntry, { t }: Texts): string {
  const key = `event.${entry.event}`;
  return isEvent(key) ? t(key) : entry.event;
}

function word(key: string, fallback: string, { t }: Texts): string {
  return isKey(key) ? t(key) : fallback;
}

const PLACES = ["pick_place", "drop_place"];

/** The facts that a person can use, in one line. */
function details(entry: HistoryEntry, texts: Texts, site: Site | undefined): string {
  const { facts } = entry;
  const parts: string[] = [];
  if (typeof facts.robot === "string" && facts.robot !== "") parts.push(robotLabel(facts.robot));
  if (typeof facts.state === "string") parts.push(word(`order.state.${facts.state}`, facts.state, texts));
  if (typeof facts.kind === "string") parts.push(word(`mission.${facts.kind}`, facts.kind, texts));
  for (const name of PLACES) if (typeof facts[name] === "string") parts.push(texts.place(facts[name], site));
  if (typeof facts.value === "string") parts.push(facts.value);
  if (typeof facts.match === "string") parts.push(word(`evidence.${facts.match}`, facts.match, texts));
  if (typeof facts.goal === "string") parts.push(facts.goal);
  if (typeof facts.code === "string" && facts.code !== "") parts.push(texts.code(facts.code, facts, site));
  if (typeof facts.user === "string" && facts.user !== "") parts.push(texts.t("event.by", { user: facts.user }));
  if (typeof facts.instead_of === "string" && facts.instead_of !== "") parts.push(texts.t("event.instead_of", { user: facts.instead_of }));
  return parts.join(" · ");
}
