import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { en, vi } from "../../shared/i18n/events";
import { clock, robotLabel, usePageTexts, useTexts } from "../../shared/i18n/texts";
import type { Load } from "./api";
import { Words } from "./Words";
import { useWords } from "./use_words";

/** Who had a load, from where to where, leg by leg; the newest last. */
export function Custody({ load }: { load: Load }) {
  const texts = useTexts();
  const { t, place, age } = texts;
  const entry = usePageTexts({ vi, en });
  const site = useSite();
  const readings = load.readings ?? [];
  if (load.legs.length + readings.length + load.said.length === 0) return <p className="empty">{t("cargo.no_legs")}</p>;
  return (
    <ol className="history custody" data-testid="custody">
      {readings.map((r) => (
        <li key={`${r.t} ${r.value}`}>
          <time>{clock(r.t)}</time>
          <span>
            {entry("event.order_evidence")} {r.value} <span className={r.match === "no" ? "text-red" : "row-dim"}>· {t(`evidence.${r.match}`)}</span>
          </span>
        </li>
      ))}
      {load.legs.map((leg) => (
        <li key={`${leg.order_id} ${leg.picked}`}>
          <time>{clock(leg.picked)}</time>
          <span>
            {robotLabel(leg.robot)}: {place(leg.from_place, site)} → {leg.dropped > 0 ? place(leg.to_place, site) : t("cargo.on_board")}
            <span className="row-dim">
              {" "}
              {leg.dropped > 0 && `${t("cargo.delivered", { time: clock(leg.dropped), age: age(leg.dropped - leg.picked) })} · `}
              <Link className="nowrap" href={`/orders/${encodeURIComponent(leg.order_id)}`}>{t("order.title", { order: leg.order_id })}</Link>
            </span>
          </span>
        </li>
      ))}
      <Words load={load} />
    </ol>
  );
}

/** Where a load is now, since when. */
export function Where({ load }: { load: Load }) {
  const { t, place } = useTexts();
  const site = useSite();
  const words = useWords();
  const where = load.robot === "" && load.place === "" ? words("words.taken_away") : load.robot !== "" ? t("cargo.on_robot", { robot: robotLabel(load.robot) }) : place(load.place, site);
  return (
    <>
      {where} <span className="row-dim">· {t("cargo.since", { time: clock(load.since) })}</span>
    </>
  );
}
