import "./styles.css";
import "./movers.css";

import { Button, Checkbox, NativeSelect, SegmentedControl, Select, Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import type { LayoutFinding, LayoutShown, XY } from "../../shared/api/types";
import { useMe } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { NumberField } from "../../shared/ui/NumberField";
import { Refusal } from "../../shared/ui/Refusal";
import { layoutApi, SITE_FILE } from "./api";
import { Differences } from "./Differences";
import { DemandTable } from "./DemandTable";
import { DryRun } from "./DryRun";
import { Findings } from "./Findings";
import { type LayoutKey, useLayoutTexts } from "./own_texts";
import { type Level, levelOf, sheetOf } from "./levels";
import { MOVER_KINDS } from "./movers";
import { type Chosen, cornersOf, idOf, type Parts, SECTIONS, spotOf, stationOf, stopOf } from "./parts";
import { Plan } from "./Plan";
import { Properties } from "./Properties";
import { isUnsaved, type Tool, useLayout } from "./state";
import { useCheck } from "./useCheck";

const TOOLS: readonly Tool[] = ["select", "lane", "station", "zone", "wall", "box", "camera", "mover"];

/** An engineer draws the site file: on a draft, checked as it is drawn, compared, tried; the running fleet stays as it is. */
export default function LayoutPage() {
  const { t } = useLayoutTexts();
  const user = useMe().data?.user;
  const held = useLayout();
  const mine = held.history !== null && held.user === user;
  const query = useQuery({ queryKey: ["layout", user], queryFn: layoutApi.get, enabled: user !== undefined, staleTime: Infinity, gcTime: 0, retry: false });
  useEffect(() => {
    const kept = useLayout.getState();
    if (user === undefined || query.data === undefined) return;
    if (kept.user !== user || kept.history === null || !isUnsaved(kept)) kept.load(user, query.data);
  }, [user, query.data]);
  return (
    <main className="page">
      <div className="layout-page">
        <div className="page-head">
          <h2>{t("layout.title")}</h2>
        </div>
        <Refusal error={query.error} />
        {query.error !== null && asApiError(query.error).code === "layout.broken" && <Anew done={() => void query.refetch()} />}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {mine && held.shown !== null && held.history !== null && <Editor shown={held.shown} parts={held.history.now} anew={() => void query.refetch().then(({ data }) => data !== undefined && user !== undefined && useLayout.getState().load(user, data))} />}
      </div>
    </main>
  );
}

/** What is kept cannot be read: the engineer puts it aside and begins anew. */
function Anew({ done }: { done: () => void }) {
  const { t } = useLayoutTexts();
  const drop = useCommand(() => layoutApi.drop(""), done);
  return (
    <Button size="xs" variant="default" loading={drop.isPending} onClick={() => drop.mutate(undefined)}>
      {t("layout.anew")}
    </Button>
  );
}

function Editor({ shown, parts, anew }: { shown: LayoutShown; parts: Parts; anew: () => void }) {
  const { t } = useLayoutTexts();
  const state = useLayout();
  const small = useMediaQuery("(max-width: 760px)") ?? false;
  const check = useCheck(parts);
  const findings = check.judged?.findings ?? [];
  const [tab, setTab] = useState<string | null>("findings");
  const [spot, setSpot] = useState<{ at: XY; turn: number } | null>(null);
  // By its number: a level keeps it under another name.
  const [levelNumber, setLevel] = useState(-1);
  const level = parts.levels[levelNumber] ?? null;
  const unsaved = isUnsaved(state);
  useEffect(() => {
    if (!unsaved) return;
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", stay);
    return () => window.removeEventListener("beforeunload", stay);
  }, [unsaved]);
  const show = (chosen: Chosen | null, at: XY | null): void => {
    if (chosen !== null) state.choose(chosen);
    const to = at ?? (chosen === null ? null : middleOf(parts, chosen));
    if (to !== null) setSpot((old) => ({ at: to, turn: (old?.turn ?? 0) + 1 }));
  };
  const find = (finding: LayoutFinding): void => {
    if (finding.section === "demand") setTab("demand");
    show(chosenOf(parts, finding), finding.x === null || finding.y === null ? null : [finding.x, finding.y]);
  };
  // What goes to another level is looked at there.
  const follow = (after: Parts, chosen: Chosen): void => {
    const at = middleOf(after, chosen);
    if (at !== null) setSpot((old) => ({ at, turn: (old?.turn ?? 0) + 1 }));
    if (level !== null) setLevel(after.levels.findIndex((one) => one.id === levelOf(after, chosen)));
  };
  useKeys(!small);
  return (
    <>
      <p className="lead">{t("layout.about")}</p>
      {small && <p className="layout-band">{t("layout.read_only")}</p>}
      {shown.stale && check.judged?.changes.length !== 0 && <p className="layout-band">{t("layout.stale")}</p>}
      {!small && <Bar unsaved={unsaved} anew={anew} />}
      <div className="layout-two">
        <div>
          {!small && <ToolRow levels={parts.levels.length} />}
          <Levels levels={parts.levels} level={level} choose={setLevel} readOnly={small} />
          <Plan key={level === null ? -1 : levelNumber} size={sheetOf(shown.size, parts.levels)} level={level} parts={parts} findings={findings} readOnly={small} spot={spot} />
        </div>
        <div className="layout-side">
          <Objects parts={parts} show={(chosen) => show(chosen, null)} />
          {state.chosen !== null && <Properties key={`${state.chosen.section} ${state.chosen.station ?? ""}`} parts={parts} chosen={state.chosen} readOnly={small} follow={follow} />}
          <section className="card">
            <Tabs value={tab} onChange={setTab} keepMounted={false}>
              <Tabs.List className="layout-tabs">
                <Tabs.Tab value="findings">{t("layout.findings", { count: findings.length + (check.judged?.findings_left_out ?? 0) })}</Tabs.Tab>
                <Tabs.Tab value="diff">{t("layout.diff", { count: check.judged?.changes.length ?? 0 })}</Tabs.Tab>
                <Tabs.Tab value="demand">{t("layout.demand")}</Tabs.Tab>
                <Tabs.Tab value="try">{t("layout.try")}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="findings" pt="sm">
                <Findings check={check} show={find} />
              </Tabs.Panel>
              <Tabs.Panel value="diff" pt="sm">
                <Differences judged={check.judged} />
              </Tabs.Panel>
              <Tabs.Panel value="demand" pt="sm">
                <DemandTable parts={parts} findings={findings} readOnly={small} />
              </Tabs.Panel>
              <Tabs.Panel value="try" pt="sm">
                <DryRun parts={parts} errors={check.judged?.errors ?? 0} />
              </Tabs.Panel>
            </Tabs>
          </section>
        </div>
      </div>
    </>
  );
}

/** Heard wherever the focus is: a finding that was pressed goes away with its mistake, and the focus with it. */
function useKeys(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent): void => {
      if ((event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, [role=listbox]") !== null) || document.querySelector("[role=dialog]") !== null) return;
      const state = useLayout.getState();
      const control = event.ctrlKey || event.metaKey;
      const letter = event.key.toLowerCase();
      if (control && letter === "z") (event.shiftKey ? state.redo : state.undo)();
      else if (control && letter === "y") state.redo();
      else if (event.key === "Delete") state.remove();
      else if (event.key === "Escape") state.leave();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [on]);
}

/** Keeping the draft, taking steps back, and what comes of it. */
function Bar({ unsaved, anew }: { unsaved: boolean; anew: () => void }) {
  const texts = useLayoutTexts();
  const { t } = texts;
  const { history, revision } = useLayout();
  const save = useMutation({
    mutationFn: (parts: Parts) => layoutApi.save(revision, parts),
    onSuccess: (kept) => {
      useLayout.getState().keep(kept.revision);
      note(t("layout.saved"));
    },
  });
  const drop = useCommand(() => layoutApi.drop(revision), anew);
  const dropping = async (): Promise<void> => {
    if (await ask({ title: t("layout.drop_ask"), body: t("layout.drop_body"), confirm: t("layout.drop") })) {
      if (revision !== "") drop.mutate(undefined);
      else anew();
    }
  };
  const taking = async (): Promise<void> => {
    if (await ask({ title: t("layout.reload_ask"), body: t("layout.reload_body"), confirm: t("layout.reload") })) anew();
  };
  const clash = save.error !== null && asApiError(save.error).code === "layout.changed";
  if (history === null) return null;
  return (
    <>
      <div className="layout-row" role="toolbar" aria-label={t("layout.draft")}>
        <Button size="xs" loading={save.isPending} disabled={!unsaved} onClick={() => save.mutate(history.now)}>
          {t("layout.save")}
        </Button>
        <Button size="xs" variant="default" disabled={history.past.length === 0} onClick={() => useLayout.getState().undo()}>
          {t("layout.undo")}
        </Button>
        <Button size="xs" variant="default" disabled={history.future.length === 0} onClick={() => useLayout.getState().redo()}>
          {t("layout.redo")}
        </Button>
        <Button size="xs" variant="default" disabled={revision === "" && !unsaved} onClick={() => void dropping()}>
          {t("layout.drop")}
        </Button>
        {revision !== "" && !unsaved && (
          <a className="small" href={SITE_FILE} download="site.yaml">
            {t("layout.download")}
          </a>
        )}
        <span className={unsaved ? "text-amber" : "row-dim"} role="status" data-testid="layout-state">
          {unsaved ? t("layout.unsaved") : revision === "" ? t("layout.as_running") : t("layout.kept")}
        </span>
      </div>
      <Refusal error={save.error} />
      {clash && (
        <button type="button" className="small" onClick={() => void taking()}>
          {t("layout.reload")}
        </button>
      )}
    </>
  );
}

/** Which level of the building is looked at, its values, and one more. */
function Levels({ levels, level, choose, readOnly }: { levels: readonly Level[]; level: Level | null; choose: (number: number) => void; readOnly: boolean }) {
  const { t, lang } = useLayoutTexts();
  const state = useLayout.getState();
  const names = levels.map((one, k) => ({ value: String(k), label: (lang === "vi" ? one.name_vi : one.name_en) || one.id }));
  const add = (): void => {
    choose(Math.max(1, levels.length)); // the first one comes with the ground floor before it
    state.addLevel();
  };
  return (
    <div className="layout-row">
      {levels.length > 0 && <SegmentedControl size="xs" aria-label={t("layout.level")} value={level === null ? "" : String(levels.indexOf(level))} onChange={(value) => choose(value === "" ? -1 : Number(value))} data={[{ value: "", label: t("layout.all_levels") }, ...names]} />}
      {level !== null && (
        <button type="button" className="small" onClick={() => state.choose({ section: "levels", id: level.id })}>
          {t("layout.level_values")}
        </button>
      )}
      {!readOnly && (
        <button type="button" className="small" onClick={add}>
          {t("layout.add_level")}
        </button>
      )}
    </div>
  );
}

function ToolRow({ levels }: { levels: number }) {
  const { t } = useLayoutTexts();
  const { tool, home, wish, moverKind, pen, take, setHome, setWish, setMoverKind, finish, addConveyor, addRobot } = useLayout();
  return (
    <>
      <div className="layout-row" role="toolbar" aria-label={t("layout.tools")}>
        {[...TOOLS, ...(levels > 1 ? (["lift"] as const) : [])].map((one) => (
          <button key={one} type="button" className="small" aria-pressed={tool === one} onClick={() => take(one)}>
            {t(`layout.tool.${one}`)}
          </button>
        ))}
        {tool === "lane" && (
          <>
            <Checkbox size="xs" label={t("layout.two_way")} checked={wish.twoWay} onChange={(event) => setWish({ twoWay: event.currentTarget.checked })} />
            <NumberField size="xs" className="layout-short" aria-label={t("layout.speed")} suffix=" m/s" value={wish.speed} otherwise={0.8} min={0.1} max={2} step={0.1} decimalScale={2} onChange={(speed) => setWish({ speed })} />
          </>
        )}
        {tool === "station" && (
          <NativeSelect
            size="xs"
            aria-label={t("layout.home")}
            value={home}
            data={(["places", "chargers", "parking"] as const).map((value) => ({ value, label: t(`layout.home.${value}`) }))}
            onChange={(event) => setHome(event.currentTarget.value === "chargers" ? "chargers" : event.currentTarget.value === "parking" ? "parking" : "places")}
          />
        )}
        {tool === "mover" && <NativeSelect size="xs" aria-label={t("layout.mover")} value={moverKind} data={MOVER_KINDS.map((value) => ({ value, label: t(`layout.mover.${value}`) }))} onChange={(event) => setMoverKind(event.currentTarget.value === "forklift" ? "forklift" : "person")} />}
        {pen.length > 0 && (
          <button type="button" className="small" onClick={finish}>
            {t("layout.finish")}
          </button>
        )}
        <span className="layout-more">
          <button type="button" className="small" onClick={addConveyor}>
            {t("layout.add_conveyor")}
          </button>
          <button type="button" className="small" onClick={addRobot}>
            {t("layout.add_robot")}
          </button>
        </span>
      </div>
      <p className="row-dim layout-hint">{t(`layout.hint.${tool}`)}</p>
    </>
  );
}

/** All objects by name: what the plan offers to a pointer, for keys. */
function Objects({ parts, show }: { parts: Parts; show: (chosen: Chosen) => void }) {
  const { t } = useLayoutTexts();
  const chosen = useLayout((s) => s.chosen);
  const groups = useMemo(
    () =>
      SECTIONS.map((section) => ({
        group: t(`layout.${section}` as LayoutKey),
        items:
          section === "places"
            ? parts.places.flatMap((p) => [{ value: `places|${p.id}`, label: p.id }, ...p.stations.map((s) => ({ value: `places|${p.id}|${s.id}`, label: s.id }))])
            : parts[section].map((o) => ({ value: `${section}|${idOf(o)}`, label: idOf(o) })),
      })).map(({ group, items }) => ({ group, items: [...new Map(items.map((i) => [i.value, i])).values()] })),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the texts change with the language only
    [parts],
  );
  const value = chosen === null ? null : [chosen.section, chosen.id, ...(chosen.station !== undefined ? [chosen.station] : [])].join("|");
  return (
    <Select
      label={t("layout.objects")}
      placeholder={t("layout.objects_none")}
      data={groups}
      value={value}
      searchable
      limit={200}
      onChange={(picked) => {
        const [section, id, station] = (picked ?? "").split("|");
        if (section !== undefined && id !== undefined) show({ section: section as Chosen["section"], id, ...(station !== undefined && { station }) });
      }}
    />
  );
}

function chosenOf(parts: Parts, { section, id }: LayoutFinding): Chosen | null {
  if (section === "" || section === "demand") return null;
  const place = section === "places" ? parts.places.find((p) => p.id !== id && p.stations.some((s) => s.id === id)) : undefined;
  return place !== undefined ? { section: "places", id: place.id, station: id } : { section, id };
}

function middleOf(parts: Parts, chosen: Chosen): XY | null {
  const station = stationOf(parts, chosen) ?? spotOf(parts, chosen) ?? (chosen.section === "places" ? parts.places.find((p) => p.id === chosen.id)?.stations[0] : undefined);
  if (station !== undefined) return [station.x, station.y];
  const corners = cornersOf(parts, chosen);
  if (corners !== null && corners.length > 0) return [corners.reduce((sum, p) => sum + p[0], 0) / corners.length, corners.reduce((sum, p) => sum + p[1], 0) / corners.length];
  const stop = stopOf(parts, chosen) ?? (chosen.section === "lifts" ? parts.lifts.find((o) => o.id === chosen.id)?.stops[0] : undefined);
  if (stop !== undefined) return [stop.x, stop.y];
  const level = chosen.section === "levels" ? parts.levels.find((o) => o.id === chosen.id) : undefined;
  if (level !== undefined) return [level.origin[0] + level.size[0] / 2, level.origin[1] + level.size[1] / 2];
  const one = chosen.section === "boxes" || chosen.section === "doors" || chosen.section === "cameras" ? parts[chosen.section].find((o) => o.id === chosen.id) : undefined;
  return one === undefined ? null : [one.x, one.y];
}
