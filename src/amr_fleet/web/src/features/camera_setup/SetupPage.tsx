import "./styles.css";

import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "wouter";

import { useCommand } from "../../shared/api/command";
import type { CameraLook, SetupJudged } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { ask, note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { setupApi } from "./api";
import { AreaList } from "./AreaList";
import { bodyOf, type Draft, draftOf, withChangedPoint, withCorner, withPoint } from "./draft";
import { DryRun } from "./DryRun";
import { useSetupTexts } from "./own_texts";
import { PictureEditor } from "./PictureEditor";
import { PlaceAndLens } from "./PlaceAndLens";
import { PointList } from "./PointList";
import { SetupMap } from "./SetupMap";

const LOOK_MS = 3000;

/** An engineer sets up a fixed camera: place, lens, floor points, areas; a dry run; then it is kept. */
export default function SetupPage() {
  const { camera = "" } = useParams<{ camera: string }>();
  const { t } = useTexts();
  const s = useSetupTexts();
  // Asked again only until pictures come: each look is in the audit trail.
  const [turn, setTurn] = useState(0);
  const query = useQuery({ queryKey: ["camera-setup", camera], queryFn: () => setupApi.look(camera), refetchInterval: ({ state }) => (state.data?.still === true ? false : LOOK_MS), retry: false });
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/cameras">{t("nav.cameras")}</Link>
        </p>
        <div className="page-head">
          <h2>{s("title", { camera })}</h2>
        </div>
        <p className="lead">{s("about")}</p>
        <Refusal error={query.error} />
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && <Setup key={`${camera} ${turn}`} camera={camera} look={query.data} again={() => query.refetch()} anew={() => setTurn((k) => k + 1)} />}
      </div>
    </main>
  );
}

/** again: asks what is kept; anew: begins with that. */
function Setup({ camera, look, again, anew }: { camera: string; look: CameraLook; again: () => Promise<unknown>; anew: () => void }) {
  const s = useSetupTexts();
  const { age } = useTexts();
  const [draft, setDraft] = useState(() => draftOf(look));
  // Of the file that the draft is from: what somebody else saves meanwhile is neither replaced nor taken back.
  const [based, setBased] = useState(look.revision);
  const [area, setArea] = useState<number | null>(null);
  const [point, setPoint] = useState<number | null>(null);
  const [tried, setTried] = useState<Draft | null>(null);
  const size = look.size ?? null;
  const trying = useMutation({ mutationFn: (body: Draft) => setupApi.try(camera, bodyOf(body, size ?? [640, 480])), onSuccess: (_, body) => setTried(body) });
  const judged = trying.data;
  const save = useCommand(
    () => setupApi.save(camera, bodyOf(draft, size ?? [640, 480], based)),
    ({ version, revision }) => {
      note(s("saved", { version }));
      setBased(revision);
      void again();
    },
  );
  const undo = useCommand(
    () => setupApi.undo(camera, based),
    ({ version }) => {
      note(version > 0 ? s("undone", { version }) : s("undone_none"));
      void again().then(anew);
    },
  );
  const press = (u: number, v: number): void => {
    setDraft((old) => (area === null ? withPoint(old, u, v) : withCorner(old, area, u, v)));
    if (area === null) setPoint(draft.points.length);
  };
  const saving = async (): Promise<void> => {
    if (await ask({ title: s("save_ask", { camera }), body: s("save_body"), confirm: s("save") })) save.mutate(undefined);
  };
  const undoing = async (): Promise<void> => {
    if (await ask({ title: s("undo_ask", { camera }), body: s("save_body"), confirm: s("undo") })) undo.mutate(undefined);
  };
  const fresh = tried === draft;
  return (
    <>
      <p className="row-dim">
        {look.version === 0 ? s("none_yet") : look.version < 0 ? s("unreadable") : s("version", { version: look.version, by: look.saved_by || "–" })}
        {size !== null && look.age !== null && ` ${s("age", { age: age(look.age), width: size[0], height: size[1] })}`}
      </p>
      {look.hidden.length > 0 && <p className="text-amber">{s("hidden", { areas: look.hidden.join(", ") })}</p>}
      <div className="setup-two">
        <section className="card">
          {look.still && size !== null ? (
            <PictureEditor camera={camera} size={size} draft={draft} judged={fresh ? judged : undefined} area={area} press={press} lost={() => void again()} />
          ) : (
            <p className="empty setup-wait" role="status">
              {s("waiting", { camera })}
            </p>
          )}
        </section>
        <section className="card">
          <SetupMap draft={draft} judged={fresh ? judged : undefined} point={point} place={(x, y) => point !== null && setDraft((old) => withChangedPoint(old, point, { x, y }))} />
        </section>
      </div>
      <div className="cards">
        <PlaceAndLens draft={draft} change={setDraft} />
        <PointList draft={draft} change={setDraft} residuals={fresh ? (judged?.residuals ?? []) : []} chosen={point} choose={setPoint} />
        <AreaList draft={draft} change={setDraft} drawing={area} draw={setArea} />
        <section className="card">
          <h3>{s("step_try")}</h3>
          <p className="row-dim">{s("try_about")}</p>
          <div className="setup-buttons">
            <Button loading={trying.isPending} onClick={() => trying.mutate(draft)}>
              {s("try")}
            </Button>
            <Button variant="default" disabled={!fresh || judged?.savable !== true} loading={save.isPending} onClick={() => void saving()}>
              {s("save")}
            </Button>
            {look.can_undo && (
              <Button variant="default" loading={undo.isPending} onClick={() => void undoing()}>
                {s("undo")}
              </Button>
            )}
          </div>
          <Refusal error={trying.error} />
          {judged !== undefined && !fresh && <p className="text-amber">{s("changed")}</p>}
          {judged !== undefined && fresh && <Verdict judged={judged} />}
          {tried !== null && <DryRun camera={camera} />}
        </section>
      </div>
    </>
  );
}

function Verdict({ judged }: { judged: SetupJudged }) {
  const s = useSetupTexts();
  const { num } = useTexts();
  const find = useFindings();
  return (
    <div data-testid="setup-verdict">
      {judged.findings.length === 0 && <p>{s("fine")}</p>}
      <ul className="setup-findings">
        {judged.findings.map((finding, k) => (
          <li key={k} className={finding.fatal ? "text-amber" : ""}>
            {find(finding.code, finding.facts)}
          </li>
        ))}
      </ul>
      {judged.rms !== null && <p>{judged.left_out_rms === null ? s("rms_only", { rms: num(judged.rms, 3) }) : s("rms", { rms: num(judged.rms, 3), left: num(judged.left_out_rms, 3) })}</p>}
      {judged.rms !== null && <p>{s("guards", { day: num(judged.guards_day), dim: num(judged.guards_dim) })}</p>}
      {judged.seen_from !== null && <p className="row-dim">{s("seen_from", { x: num(judged.seen_from[0], 1), y: num(judged.seen_from[1], 1), z: num(judged.seen_from[2], 1) })}</p>}
    </div>
  );
}

function useFindings(): (code: string, facts: Record<string, unknown>) => string {
  const s = useSetupTexts();
  const { num } = useTexts();
  return (code, facts) => {
    const shown = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, typeof value === "number" && !Number.isInteger(value) ? num(value, 1) : String(value)]));
    return s(`find.${code}` as "find.no_place", shown);
  };
}
