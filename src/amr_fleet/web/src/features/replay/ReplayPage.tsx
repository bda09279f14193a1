import "./styles.css";

import { Button, SegmentedControl, Slider } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { isGone } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import type { Site } from "../../shared/api/types";
import type { Frames } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { Refusal } from "../../shared/ui/Refusal";
import { MapView } from "../map/MapView";
import { replayApi, type TimeMarks } from "./api";
import { Comments } from "./Comments";
import { Events } from "./Events";
import { Filters } from "./Filters";
import { MarkLine, useDescription } from "./MarkLine";
import { beside, type Filter, isShown, marksOf } from "./marks";
import { useOwnTexts } from "./own_texts";
import { near, pictureOf, planOf, sameSite, show, unpack } from "./play";

const PIECE_S = 600; // tracks are fetched in pieces of this length
const SPEEDS = ["1", "4", "16"];
const AROUND_MIN = 5;
const LONGEST_LINE_S = 365 * 86_400; // of marks in one answer

/** Any time that was recorded, on the same map. */
export default function ReplayPage() {
  const { t } = useOwnTexts();
  const query = useQuery({ queryKey: ["replay", "span"], queryFn: replayApi.replaySpan, refetchInterval: 10_000 });
  const span = query.data;
  if (span === undefined || span.begin === null || span.end === null) {
    return (
      <main className="page">
        <Refusal error={query.error} />
        {query.error === null && <p className="empty">{t(span === undefined ? "app.loading" : "replay.none")}</p>}
      </main>
    );
  }
  return <Player begin={span.begin} end={span.end} />;
}

/** What was recorded around a moment; fetched again while the recording grows there. */
function useTracks(now: number, end: number) {
  const piece = Math.floor(now / PIECE_S) * PIECE_S;
  const query = useQuery({
    queryKey: ["replay", "tracks", piece, Math.min(end, piece + PIECE_S)],
    queryFn: () => replayApi.tracks(piece, piece + PIECE_S),
    placeholderData: keepPreviousData,
    staleTime: 8_000,
  });
  const recording = useMemo(() => unpack(query.data?.chunks ?? []), [query.data]);
  return { recording, error: query.error, loaded: query.isSuccess && !query.isPlaceholderData };
}

/** The site on which a moment was recorded, and what is to be said where that is not the one of now. */
function usePlan(now: Site | undefined, plan: string | undefined): { site: Site | undefined; told: "" | "replay.plan_then" | "replay.plan_unknown" } {
  const query = useQuery({ queryKey: ["replay", "plan", plan], queryFn: () => replayApi.plan(plan ?? ""), enabled: plan !== undefined && plan !== "", staleTime: Infinity, retry: (failures, error) => !isGone(error) && failures < 3 });
  if (now === undefined || plan === undefined) return { site: now, told: "" };
  if (plan === "" || isGone(query.error)) return { site: now, told: "replay.plan_unknown" };
  const then = query.data;
  if (then === undefined || sameSite(then, now)) return { site: now, told: "" };
  return { site: then, told: "replay.plan_then" };
}

const NO_MARKS: TimeMarks = { alarms: [], comments: [], left_out: 0 };

function useMarks(begin: number, end: number): { data: TimeMarks; error: Error | null; loaded: boolean } {
  const [from, to] = [Math.max(Math.floor(begin), Math.floor(end) - LONGEST_LINE_S), Math.ceil(end / 60) * 60];
  const query = useQuery({
    queryKey: ["replay", "marks", from, to],
    queryFn: () => replayApi.marks(from, Math.max(to, from + 1)),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  return { data: query.data ?? NO_MARKS, error: query.error, loaded: query.data !== undefined };
}

function Player({ begin, end }: { begin: number; end: number }) {
  const { t } = useOwnTexts();
  const site = useSite();
  const [now, setNow] = useState(end);
  const [started, setPlaying] = useState(false);
  const playing = started && now < end;
  const [speed, setSpeed] = useState("4");
  const [frames] = useState<Frames>(() => ({ last: null, previous: null, lastAt: 0, previousAt: 0 }));
  const { recording, ...tracks } = useTracks(now, end);
  const found = useMarks(begin, end);
  const [filter, setFilter] = useState<Filter>({ robot: "", severity: "" });
  const marks = useMemo(() => marksOf(found.data, filter), [found.data, filter]);
  const { time } = useDescription(begin, end);
  const state = useQuery({
    queryKey: ["replay", "at", Math.floor(now / 10)],
    queryFn: () => replayApi.past(now),
    placeholderData: keepPreviousData,
  });
  const past = near(state.data, now);
  const plan = usePlan(site, planOf(recording, now));
  const unknown = tracks.loaded && pictureOf(recording, now) === undefined;

  useEffect(() => show(frames, recording, now, past, playing), [frames, recording, now, past, playing]);
  useEffect(() => {
    if (!playing) return;
    const step = 200;
    const timer = window.setInterval(() => setNow((at) => Math.min(end, at + (Number(speed) * step) / 1000)), step);
    return () => window.clearInterval(timer);
  }, [playing, speed, end]);

  const jump = (seconds: number): void => setNow((at) => Math.min(end, Math.max(begin, at + seconds)));
  const go = (t: number): void => setNow(Math.min(end, Math.max(begin, t)));
  const goBeside = (way: 1 | -1): void => go(beside(marks, now, way)?.t ?? now);
  const robots = [...new Set([...(recording.frames[0]?.robots ?? []).map((one) => one.name), ...found.data.alarms.map((one) => one.robot)])].filter((name) => name !== "").sort();
  return (
    <main className="replay">
      {plan.site === undefined ? <p className="empty">{t("app.loading")}</p> : <MapView site={plan.site} source={frames} />}
      {plan.told !== "" && (
        <p className="replay-plan" role="status">
          {t(plan.told)}
        </p>
      )}
      {unknown && (
        <p className="replay-unknown" role="status">
          {t("replay.unknown", { time: time(now) })}
        </p>
      )}
      <aside className="rail replay-rail">
        <Refusal error={found.error ?? tracks.error ?? state.error} />
        <Comments loaded={found.loaded} comments={marks.flatMap((one) => (one.kind === "comment" ? [one.comment] : []))} time={time} now={now} robot={filter.robot} onGo={go} />
        <Events begin={now - 300} end={now + 60} now={now} time={time} shown={(e) => isShown(e, filter, found.data.alarms)} onGo={go} />
      </aside>
      <div className="replay-bar">
        <div className="replay-buttons">
          <Button onClick={() => setPlaying(!playing)} disabled={!playing && now >= end}>
            {t(playing ? "replay.pause" : "replay.play")}
          </Button>
          <Button variant="default" onClick={() => jump(-10)} aria-label={t("replay.back")}>
            −10
          </Button>
          <Button variant="default" onClick={() => jump(10)} aria-label={t("replay.forward")}>
            +10
          </Button>
          <Button variant="default" onClick={() => goBeside(-1)} disabled={beside(marks, now, -1) === undefined}>
            {t("replay.previous_mark")}
          </Button>
          <Button variant="default" onClick={() => goBeside(1)} disabled={beside(marks, now, 1) === undefined}>
            {t("replay.next_mark")}
          </Button>
          <SegmentedControl value={speed} onChange={setSpeed} data={SPEEDS.map((v) => ({ value: v, label: `×${v}` }))} />
          <b className="replay-clock" data-testid="replay-clock">
            {time(now)}
          </b>
          {past !== undefined && <span className="row-dim">{t("replay.open_orders", { count: past.orders.length })}</span>}
          <Filters robots={robots} filter={filter} set={setFilter} />
          <Export now={now} begin={begin} end={end} />
        </div>
        {found.loaded && marks.length === 0 && <p className="row-dim replay-no-marks">{t("replay.no_marks")}</p>}
        {found.data.left_out > 0 && <p className="row-dim replay-no-marks">{t("replay.marks_left_out", { count: found.data.left_out })}</p>}
        <MarkLine marks={marks} begin={begin} end={end} now={now} onGo={go} />
        <Slider
          thumbLabel={t("replay.time")}
          min={begin}
          max={Math.max(end, begin + 1)}
          step={1}
          value={now}
          onChange={(value) => {
            setPlaying(false);
            setNow(value);
          }}
          label={(value) => time(value)}
        />
        <div className="replay-ends">
          <span>{time(begin)}</span>
          <span>{time(end)}</span>
        </div>
      </div>
    </main>
  );
}

function Export({ now, begin, end }: { now: number; begin: number; end: number }) {
  const { t } = useOwnTexts();
  if (!useMayOperate()) return null;
  const [from, to] = [Math.max(begin, now - 60 * AROUND_MIN), Math.min(end, now + 60 * AROUND_MIN)];
  return (
    <Button component="a" variant="default" className="replay-export" title={t("replay.export_help")} href={replayApi.incidentFile(from, Math.max(to, from + 1))} download>
      {t("replay.export", { minutes: AROUND_MIN })}
    </Button>
  );
}
