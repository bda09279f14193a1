import { Button, MultiSelect, SegmentedControl, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import type { Facts, Site, XY } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { note } from "../../shared/ui/dialogs";
import { NumberField } from "../../shared/ui/NumberField";
import { Refusal } from "../../shared/ui/Refusal";
import { saveFile } from "../../shared/ui/save";
import { faultOf } from "./aim_rows";
import { Aims } from "./Aims";
import { sandboxApi, type TrialSimulation } from "./api";
import { EnvelopeMap } from "./EnvelopeMap";
import { type Fields, fieldsOf, recordWith, shapesOf } from "./new_record";
import { type OwnTexts, useOwnTexts } from "./own_texts";
import type { Plan } from "./plan";
import { Simulated } from "./Simulated";
import { areaOf, close, type Draft, draftOf, type Kind, rectangle, remove, type Shapes, undo } from "./sketch";

const KEPT_MS = 15_000;

/** An envelope on the map, and what it would refuse, before anybody signs it. */
export default function Planner({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const { t } = useOwnTexts();
  const site = useSite();
  const robots = useLive((s) => s.panel?.robots.map((r) => r.name).join() ?? "");
  const shapes = shapesOf(plan.record);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  return (
    <section className="card block" data-testid="planner">
      <div className="plan-head">
        <h3 ref={head} tabIndex={-1}>
          {t(plan.edit ? "plan.title" : "plan.look")}
        </h3>
        <Button variant="default" onClick={onClose}>
          {t("plan.close")}
        </Button>
      </div>
      <p className="row-dim">{t("plan.about")}</p>
      {shapes === null && <p className="form-error" role="alert">{t("plan.unreadable")}</p>}
      {site !== undefined && shapes !== null && <Drawing shapes={shapes} key={robots === "" ? "waits" : "ready"} plan={plan} site={site} robots={robots === "" ? [] : robots.split(",")} onClose={onClose} />}
    </section>
  );
}

function Drawing({ plan, shapes, site, robots, onClose }: { plan: Plan; shapes: Shapes; site: Site; robots: string[]; onClose: () => void }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const [draft, setDraft] = useState<Draft>(() => draftOf(shapes));
  const [fields, setFields] = useState<Fields>(() => fieldsOf(plan.record, robots, Date.now()));
  const { areas, forbidden } = draft;
  const question = { areas, forbidden, serials: fields.serials, max_load_kg: fields.load };
  const query = useQuery({
    queryKey: ["sandbox-simulation", question],
    queryFn: () => sandboxApi.simulate(question),
    enabled: areas.length > 0,
    staleTime: KEPT_MS,
    retry: false,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });
  const found = areas.length > 0 && query.error === null ? query.data : undefined;
  return (
    <>
      <div className="plan-columns">
        <div>
          {plan.edit && <Tools draft={draft} change={setDraft} site={site} />}
          <EnvelopeMap site={site} draft={draft} change={plan.edit ? setDraft : null} found={found} wrong={query.error === null ? null : crossing(query.error)} />
          <p className="row-dim">{t("plan.legend")}</p>
        </div>
        <div>
          {areas.length === 0 && <p className="empty">{t("plan.empty")}</p>}
          {areas.length > 0 && query.error !== null && <p className="form-error" role="alert">{fault(query.error, texts)}</p>}
          {areas.length > 0 && query.isPending && <p className="empty">{t("app.loading")}</p>}
          {found !== undefined && <Simulated found={found} site={site} />}
          {plan.edit && <Polygons draft={draft} change={setDraft} />}
        </div>
      </div>
      {plan.edit && <RecordForm plan={plan} draft={draft} fields={fields} change={setFields} robots={robots} found={found} onClose={onClose} />}
    </>
  );
}

function Tools({ draft, change, site }: { draft: Draft; change: (draft: Draft) => void; site: Site }) {
  const { t } = useOwnTexts();
  const kinds = (["areas", "forbidden"] as const).map((value) => ({ value, label: t(`plan.${value}`) }));
  return (
    <>
      <p>{t("plan.hint")}</p>
      <div className="plan-tools">
        <SegmentedControl aria-label={t("plan.kind")} value={draft.kind} data={kinds} onChange={(kind) => change({ ...draft, kind })} />
        <Button variant="default" disabled={draft.open.length < 3} onClick={() => change(close(draft))}>
          {t("plan.close_area")}
        </Button>
        <Button variant="default" disabled={draft.open.length === 0} onClick={() => change(undo(draft))}>
          {t("plan.undo")}
        </Button>
        <Button variant="default" onClick={() => change(rectangle(draft, [0, 0], site.size, 0))}>
          {t("plan.whole")}
        </Button>
      </div>
    </>
  );
}

function Polygons({ draft, change }: { draft: Draft; change: (draft: Draft) => void }) {
  const { t, num } = useOwnTexts();
  const row = (kind: Kind, points: XY[], i: number) => (
    <li key={`${kind}${i}`} className="plan-polygon">
      <span>{`${t(`plan.one.${kind}`, { number: i + 1 })} · ${num(areaOf(points))} m²`}</span>
      <button type="button" className="small" onClick={() => change(remove(draft, kind, i))} aria-label={`${t("plan.remove")}: ${t(`plan.one.${kind}`, { number: i + 1 })}`}>
        {t("plan.remove")}
      </button>
    </li>
  );
  return (
    <ul className="list" data-testid="polygons">
      {draft.areas.map((points, i) => row("areas", points, i))}
      {draft.forbidden.map((points, i) => row("forbidden", points, i))}
    </ul>
  );
}

interface FormProps {
  plan: Plan;
  draft: Draft;
  fields: Fields;
  change: (fields: Fields) => void;
  robots: string[];
  found: TrialSimulation | undefined;
  onClose: () => void;
}

function RecordForm({ plan, draft, fields, change, robots, found, onClose }: FormProps) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const set = (part: Partial<Fields>): void => change({ ...fields, ...part });
  const record = recordWith(plan.record, fields, draft);
  const save = useCommand(
    () => sandboxApi.save(record),
    () => {
      note(t("plan.saved"));
      void client.invalidateQueries({ queryKey: ["sandbox"] });
      onClose();
    },
    true,
  );
  const lacks = [fields.trial_id, fields.title, fields.begin, fields.end].some((text) => text.trim() === "") || fields.serials.length === 0 || faultOf(fields.goals, fields.criteria) !== null;
  const half = draft.open.length > 0; // it is in no record yet
  const names = [...new Set([...robots, ...fields.serials])].map((value) => ({ value, label: robotLabel(value) }));
  return (
    <>
      <div className="plan-form">
        <TextInput label={t("sandbox.trial")} value={fields.trial_id} maxLength={64} disabled={plan.record !== null} onChange={(e) => set({ trial_id: e.currentTarget.value })} />
        <TextInput label={t("plan.name")} value={fields.title} maxLength={200} onChange={(e) => set({ title: e.currentTarget.value })} />
        <TextInput type="date" label={t("plan.begin")} value={fields.begin} onChange={(e) => set({ begin: e.currentTarget.value })} />
        <TextInput type="date" label={t("plan.end")} value={fields.end} onChange={(e) => set({ end: e.currentTarget.value })} />
        <NumberField label={t("sandbox.speed")} value={fields.speed} min={0.05} max={5} step={0.1} decimalScale={2} otherwise={1} onChange={(speed) => set({ speed })} />
        <NumberField label={t("sandbox.most")} value={fields.most} min={1} max={1000} allowDecimal={false} otherwise={1} onChange={(most) => set({ most })} />
        <NumberField label={t("sandbox.load")} value={fields.load} min={1} max={100000} large otherwise={1} onChange={(load) => set({ load })} />
        <MultiSelect label={t("plan.serials")} data={names} value={fields.serials} onChange={(serials) => set({ serials })} searchable />
      </div>
      <Aims fields={fields} change={set} />
      {half && <p className="text-amber" role="status">{t("plan.half", { kind: t(`plan.${draft.kind}`) })}</p>}
      <Refusal error={save.error} />
      <div className="button-row">
        <Button disabled={lacks || half || found === undefined} loading={save.isPending} onClick={() => save.mutate(undefined)}>
          {t("sandbox.save")}
        </Button>
        <Button variant="default" disabled={half || draft.areas.length === 0} onClick={() => saveFile(`${fields.trial_id.trim() || "trial"}.json`, JSON.stringify(record, null, 1), "application/json")}>
          {t("plan.download")}
        </Button>
      </div>
      <p className="row-dim">{t("plan.rest")}</p>
    </>
  );
}

/** The fault of a polygon, which is called as the page calls it. */
function fault(error: Error, { t, code }: OwnTexts): string {
  const { code: name, facts } = asApiError(error);
  const [kind, index] = String(facts["where"] ?? "").split(".");
  const known = kind === "areas" || kind === "forbidden";
  const said: Facts = known ? { ...facts, where: t(`plan.one.${kind}`, { number: Number(index) + 1 }) } : facts;
  return code(name, said);
}

function crossing(error: Error): XY | null {
  const { x, y } = asApiError(error).facts;
  return typeof x === "number" && typeof y === "number" ? [x, y] : null;
}
