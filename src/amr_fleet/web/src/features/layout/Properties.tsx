import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";

import type { XY } from "../../shared/api/types";
import { ROBOT_TYPES, typeName } from "../../shared/i18n/robot_types";
import { NumberField } from "../../shared/ui/NumberField";
import { useLayoutTexts } from "./own_texts";
import { countOn, isTaken, type Level, levelOf, toLevel, withLevelAt } from "./levels";
import { MOVER_KINDS } from "./movers";
import { type Chosen, cornersOf, type Parts, PLACE_KINDS, renamed, type Section, type Station, stationOf, stationsOf, stopOf, withCorner, withNewCorner, withObject, withStation, withStop } from "./parts";
import { useLayout } from "./state";

const ZONES = ["speed", "keepout", "crossing", "release", "capacity", "fire_lane"] as const;
const BOXES = ["rack", "stack", "column", "machine", "barrier"] as const;
const TARGETS = ["tag", "v_dock", "reflectors", "pallet_eur", "pallet_t11"] as const;

/** The values of what is chosen, to the centimetre, and what can be done with it. */
export function Properties({ parts, chosen, readOnly, follow }: { parts: Parts; chosen: Chosen; readOnly: boolean; follow: (after: Parts, chosen: Chosen) => void }) {
  const { t } = useLayoutTexts();
  const { remove } = useLayout.getState();
  const shown = chosen.section === "places" || chosen.section === "lifts" ? chosen.id : (chosen.station ?? chosen.id);
  return (
    <section className="card layout-values" data-testid="layout-values" aria-label={t("layout.values")}>
      <h3>{`${t(`layout.${chosen.section}`)} · ${shown}`}</h3>
      <fieldset disabled={readOnly}>
        <Fields parts={parts} chosen={chosen} />
        <Corners parts={parts} chosen={chosen} />
        <OtherLevel parts={parts} chosen={chosen} follow={follow} />
        {chosen.section === "levels" && <p className="row-dim">{t(parts.levels.length > 1 ? "layout.level_takes" : "layout.level_last", { count: countOn(parts, chosen.id) })}</p>}
        <div className="layout-row">
          {cornersOf(parts, chosen) !== null && (
            <button type="button" className="small" onClick={() => useLayout.getState().edit(withNewCorner(parts, chosen))}>
              {t("layout.add_corner")}
            </button>
          )}
          <button type="button" className="small" onClick={remove}>
            {chosen.node === undefined ? t("layout.remove") : t("layout.remove_corner")}
          </button>
        </div>
      </fieldset>
    </section>
  );
}

function Fields({ parts, chosen }: { parts: Parts; chosen: Chosen }) {
  const { t } = useLayoutTexts();
  const { edit, choose } = useLayout.getState();
  const set = <S extends Section>(section: S, change: Partial<Parts[S][number]>): void => edit(withObject(parts, section, chosen.id, change), `${section} ${chosen.id} ${Object.keys(change).join()}`);
  const rename = (
    <TextInput
      label={t("layout.name")}
      value={chosen.id}
      maxLength={64}
      onChange={(event) => {
        const id = event.currentTarget.value;
        if (id.trim() === "") return;
        edit(renamed(parts, chosen, id), "rename");
        choose({ ...chosen, id });
      }}
    />
  );
  const station = stationOf(parts, chosen);
  switch (chosen.section) {
    case "lanes": {
      const lane = parts.lanes.find((o) => o.id === chosen.id);
      if (lane === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <Meters label={t("layout.speed")} value={lane.max_speed} set={(max_speed) => set("lanes", { max_speed })} />
          <Meters label={t("layout.width")} value={lane.width} set={(width) => set("lanes", { width })} />
          <Checkbox label={t("layout.two_way")} checked={lane.two_way} onChange={(event) => set("lanes", { two_way: event.currentTarget.checked })} />
          <button type="button" className="small" onClick={() => edit(withObject(parts, "lanes", lane.id, { points: [...lane.points].reverse() }))}>
            {t("layout.turn")}
          </button>
        </div>
      );
    }
    case "walls": {
      const wall = parts.walls.find((o) => o.id === chosen.id);
      if (wall === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <Meters label={t("layout.thickness")} value={wall.thickness} set={(thickness) => set("walls", { thickness })} />
          <Meters label={t("layout.height")} value={wall.height} set={(height) => set("walls", { height })} />
        </div>
      );
    }
    case "zones": {
      const zone = parts.zones.find((o) => o.id === chosen.id);
      if (zone === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <NativeSelect
            label={t("layout.kind")}
            value={zone.kind}
            data={ZONES.map((value) => ({ value, label: t(`layout.zone.${value}`) }))}
            onChange={(event) => {
              const kind = ZONES.find((one) => one === event.currentTarget.value) ?? "speed";
              set("zones", { kind, capacity: kind === "capacity" ? (zone.capacity ?? 1) : null, max_speed: kind === "speed" ? (zone.max_speed ?? 0.5) : zone.max_speed });
            }}
          />
          {zone.max_speed !== null && <Meters label={t("layout.speed")} value={zone.max_speed} set={(max_speed) => set("zones", { max_speed })} />}
          {zone.capacity !== null && <NumberField label={t("layout.capacity")} value={zone.capacity} otherwise={1} min={1} onChange={(capacity) => set("zones", { capacity: Math.round(capacity) })} />}
        </div>
      );
    }
    case "boxes": {
      const box = parts.boxes.find((o) => o.id === chosen.id);
      if (box === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <NativeSelect label={t("layout.kind")} value={box.kind} data={BOXES.map((value) => ({ value, label: t(`layout.box.${value}`) }))} onChange={(event) => set("boxes", { kind: BOXES.find((one) => one === event.currentTarget.value) ?? "rack" })} />
          <Meters label="x (m)" value={box.x} set={(x) => set("boxes", { x })} />
          <Meters label="y (m)" value={box.y} set={(y) => set("boxes", { y })} />
          <Meters label={t("layout.size_x")} value={box.size_x} set={(size_x) => set("boxes", { size_x })} />
          <Meters label={t("layout.size_y")} value={box.size_y} set={(size_y) => set("boxes", { size_y })} />
          <Degrees label={t("layout.turned")} value={box.theta} set={(theta) => set("boxes", { theta })} />
          <Meters label={t("layout.height")} value={box.height} set={(height) => set("boxes", { height })} />
        </div>
      );
    }
    case "cameras": {
      const camera = parts.cameras.find((o) => o.id === chosen.id);
      if (camera === undefined) return null;
      const [lx, ly] = camera.looks_at;
      return (
        <div className="layout-fields">
          {rename}
          <Meters label="x (m)" value={camera.x} set={(x) => set("cameras", { x })} />
          <Meters label="y (m)" value={camera.y} set={(y) => set("cameras", { y })} />
          <Meters label={t("layout.hangs")} value={camera.height} set={(height) => set("cameras", { height })} />
          <Meters label={t("layout.looks_x")} value={lx} set={(x) => set("cameras", { looks_at: [x, ly] })} />
          <Meters label={t("layout.looks_y")} value={ly} set={(y) => set("cameras", { looks_at: [lx, y] })} />
        </div>
      );
    }
    case "lifts": {
      const lift = parts.lifts.find((o) => o.id === chosen.id);
      if (lift === undefined) return null;
      return (
        <>
          <div className="layout-fields">
            {rename}
            <TextInput label={t("layout.name_vi")} value={lift.name_vi} maxLength={64} onChange={(event) => set("lifts", { name_vi: event.currentTarget.value })} />
            <TextInput label={t("layout.name_en")} value={lift.name_en} maxLength={64} onChange={(event) => set("lifts", { name_en: event.currentTarget.value })} />
            <Meters label={t("layout.cabin_depth")} value={lift.size[0]} set={(depth) => set("lifts", { size: [depth, lift.size[1]] })} />
            <Meters label={t("layout.cabin_width")} value={lift.size[1]} set={(width) => set("lifts", { size: [lift.size[0], width] })} />
            <Meters label={t("layout.speed")} value={lift.speed} set={(speed) => set("lifts", { speed })} />
            <Meters label={t("layout.open_s")} value={lift.open_s} set={(open_s) => set("lifts", { open_s })} />
            <NativeSelect label={t("layout.stop")} value={chosen.station ?? ""} data={[{ value: "", label: "–" }, ...lift.stops.map((s) => s.level)]} onChange={(event) => choose({ section: "lifts", id: lift.id, ...(event.currentTarget.value !== "" && { station: event.currentTarget.value }) })} />
          </div>
          <StopFields parts={parts} chosen={chosen} />
        </>
      );
    }
    case "levels": {
      const level = parts.levels.find((o) => o.id === chosen.id);
      if (level === undefined) return null;
      return (
        <>
          <div className="layout-fields">
            {rename}
            <Meters label={t("layout.floor_height")} value={level.height} set={(height) => set("levels", { height })} />
            <TextInput label={t("layout.name_vi")} value={level.name_vi} maxLength={64} onChange={(event) => set("levels", { name_vi: event.currentTarget.value })} />
            <TextInput label={t("layout.name_en")} value={level.name_en} maxLength={64} onChange={(event) => set("levels", { name_en: event.currentTarget.value })} />
            <Meters label={t("layout.size_x")} value={level.size[0]} set={(wide) => set("levels", { size: [wide, level.size[1]] })} />
            <Meters label={t("layout.size_y")} value={level.size[1]} set={(deep) => set("levels", { size: [level.size[0], deep] })} />
          </div>
          <LevelSpot key={level.origin.join()} parts={parts} level={level} />
        </>
      );
    }
    case "doors": {
      const one = parts.doors.find((o) => o.id === chosen.id);
      if (one === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <Meters label="x (m)" value={one.x} set={(x) => set("doors", { x })} />
          <Meters label="y (m)" value={one.y} set={(y) => set("doors", { y })} />
        </div>
      );
    }
    case "conveyors": {
      const one = parts.conveyors.find((o) => o.id === chosen.id);
      if (one === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <NativeSelect label={t("layout.station")} value={one.station} data={[...new Set([one.station, ...stationsOf(parts)])]} onChange={(event) => set("conveyors", { station: event.currentTarget.value })} />
          <Meters label={t("layout.ready_s")} value={one.ready_s} set={(ready_s) => set("conveyors", { ready_s })} />
          <Checkbox label={t("layout.load_sensor")} checked={one.load_sensor} onChange={(event) => set("conveyors", { load_sensor: event.currentTarget.checked })} />
        </div>
      );
    }
    case "fleet": {
      const robot = parts.fleet.find((o) => o.name === chosen.id);
      if (robot === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <NativeSelect label={t("layout.kind")} value={robot.type} data={[...new Set([...ROBOT_TYPES, robot.type])].map((value) => ({ value, label: typeName(value, t) }))} onChange={(event) => set("fleet", { type: event.currentTarget.value })} />
          <NativeSelect label={t("layout.parking")} value={robot.parking} data={[...new Set([robot.parking, ...parts.parking.map((p) => p.id)])].map((value) => ({ value, label: parkedOf(parts, value, robot.name) }))} onChange={(event) => set("fleet", { parking: event.currentTarget.value })} />
        </div>
      );
    }
    case "movers": {
      const mover = parts.movers.find((o) => o.id === chosen.id);
      if (mover === undefined) return null;
      return (
        <div className="layout-fields">
          {rename}
          <NativeSelect label={t("layout.kind")} value={mover.kind} data={MOVER_KINDS.map((value) => ({ value, label: t(`layout.mover.${value}`) }))} onChange={(event) => set("movers", { kind: MOVER_KINDS.find((one) => one === event.currentTarget.value) ?? "person" })} />
          <Meters label={t("layout.speed")} value={mover.speed} set={(speed) => set("movers", { speed })} />
          <Meters label={t("layout.pause")} value={mover.pause} set={(pause) => set("movers", { pause })} />
          <Checkbox label={t("layout.yields")} checked={mover.yields} onChange={(event) => set("movers", { yields: event.currentTarget.checked })} />
          <button type="button" className="small" onClick={() => edit(withObject(parts, "movers", mover.id, { route: [...mover.route].reverse() }))}>
            {t("layout.turn")}
          </button>
        </div>
      );
    }
    case "places": {
      const place = parts.places.find((o) => o.id === chosen.id);
      if (place === undefined) return null;
      return (
        <>
          <div className="layout-fields">
            {rename}
            <NativeSelect label={t("layout.kind")} value={place.kind} data={PLACE_KINDS.map((value) => ({ value, label: t(`layout.place.${value}`) }))} onChange={(event) => set("places", { kind: PLACE_KINDS.find((one) => one === event.currentTarget.value) ?? "block" })} />
            <TextInput label={t("layout.name_vi")} value={place.name_vi} maxLength={64} onChange={(event) => set("places", { name_vi: event.currentTarget.value })} />
            <TextInput label={t("layout.name_en")} value={place.name_en} maxLength={64} onChange={(event) => set("places", { name_en: event.currentTarget.value })} />
            <NativeSelect label={t("layout.station")} value={chosen.station ?? ""} data={[{ value: "", label: "–" }, ...place.stations.map((s) => s.id)]} onChange={(event) => choose({ section: "places", id: place.id, ...(event.currentTarget.value !== "" && { station: event.currentTarget.value }) })} />
          </div>
          {station !== undefined && <StationFields parts={parts} chosen={chosen} station={station} />}
        </>
      );
    }
    default:
      return (
        <>
          <div className="layout-fields">{rename}</div>
          {station !== undefined && <StationFields parts={parts} chosen={chosen} station={station} />}
        </>
      );
  }
}

/** A parking place, and the other robot that starts from it already. */
function parkedOf(parts: Parts, parking: string, robot: string): string {
  const other = parts.fleet.find((o) => o.parking === parking && o.name !== robot);
  return other === undefined ? parking : `${parking} · ${other.name}`;
}

/** Where a level lies on the sheet: typed whole, then moved with all that is on it, in one step. */
function LevelSpot({ parts, level }: { parts: Parts; level: Level }) {
  const { t } = useLayoutTexts();
  const [[x, y], type] = useState<XY>(level.origin);
  const taken = isTaken(parts.levels, level.id, [x, y]);
  const same = x === level.origin[0] && y === level.origin[1];
  return (
    <>
      <div className="layout-fields">
        <Meters label={t("layout.level_x")} value={x} set={(to) => type([to, y])} />
        <Meters label={t("layout.level_y")} value={y} set={(to) => type([x, to])} />
      </div>
      {!same && taken && (
        <p className="text-amber" role="alert">
          {t("layout.level_taken")}
        </p>
      )}
      {!same && (
        <button type="button" className="small" disabled={taken} onClick={() => useLayout.getState().edit(withLevelAt(parts, level.id, [x, y]))}>
          {t("layout.level_move")}
        </button>
      )}
    </>
  );
}

/** Another level for what is chosen: the same spot there. */
function OtherLevel({ parts, chosen, follow }: { parts: Parts; chosen: Chosen; follow: (after: Parts, chosen: Chosen) => void }) {
  const { t, lang } = useLayoutTexts();
  const here = levelOf(parts, chosen);
  if (parts.levels.length < 2 || here === undefined) return null;
  const stops = chosen.section === "lifts" ? (parts.lifts.find((o) => o.id === chosen.id)?.stops ?? []).map((stop) => stop.level) : [];
  const free = parts.levels.filter((o) => o.id === here || !stops.includes(o.id));
  if (free.length < 2) return null;
  const { edit, choose } = useLayout.getState();
  const move = (to: string): void => {
    const after = toLevel(parts, chosen, to);
    const still = chosen.section === "lifts" ? { ...chosen, station: to } : chosen;
    edit(after);
    choose(still);
    follow(after, still);
  };
  return <NativeSelect className="layout-other" label={t("layout.on_level")} value={here} data={free.map((o) => ({ value: o.id, label: (lang === "vi" ? o.name_vi : o.name_en) || o.id }))} onChange={(event) => move(event.currentTarget.value)} />;
}

function StopFields({ parts, chosen }: { parts: Parts; chosen: Chosen }) {
  const { t } = useLayoutTexts();
  const stop = stopOf(parts, chosen);
  if (stop === undefined) return null;
  const set = (change: Partial<typeof stop>): void => useLayout.getState().edit(withStop(parts, chosen, change), `${chosen.id} ${stop.level} ${Object.keys(change).join()}`);
  return (
    <div className="layout-fields">
      <Meters label="x (m)" value={stop.x} set={(x) => set({ x })} />
      <Meters label="y (m)" value={stop.y} set={(y) => set({ y })} />
      <Degrees label={t("layout.theta")} value={stop.theta} set={(theta) => set({ theta })} />
      <NativeSelect label={t("layout.lane")} value={stop.lane} data={[...new Set([stop.lane, ...parts.lanes.map((l) => l.id)])]} onChange={(event) => set({ lane: event.currentTarget.value })} />
    </div>
  );
}

function StationFields({ parts, chosen, station }: { parts: Parts; chosen: Chosen; station: Station }) {
  const { t } = useLayoutTexts();
  const set = (change: Partial<Station>): void => useLayout.getState().edit(withStation(parts, chosen, change), `${station.id} ${Object.keys(change).join()}`);
  return (
    <div className="layout-fields">
      <Meters label="x (m)" value={station.x} set={(x) => set({ x })} />
      <Meters label="y (m)" value={station.y} set={(y) => set({ y })} />
      <Degrees label={t("layout.theta")} value={station.theta} set={(theta) => set({ theta })} />
      <NativeSelect label={t("layout.lane")} value={station.lane} data={[...new Set([station.lane, ...parts.lanes.map((l) => l.id)])]} onChange={(event) => set({ lane: event.currentTarget.value })} />
      <NativeSelect label={t("layout.target")} value={station.target} data={TARGETS.map((value) => ({ value, label: t(`layout.target.${value}`) }))} onChange={(event) => set({ target: TARGETS.find((one) => one === event.currentTarget.value) ?? "tag" })} />
      <NumberField label={t("layout.marker")} value={station.marker ?? -1} otherwise={-1} mayBeEmpty min={0} max={586} onChange={(marker) => set({ marker: marker < 0 ? null : Math.round(marker) })} />
    </div>
  );
}

function Corners({ parts, chosen }: { parts: Parts; chosen: Chosen }) {
  const { t } = useLayoutTexts();
  const corners = cornersOf(parts, chosen);
  if (corners === null) return null;
  const move = (node: number, to: XY): void => useLayout.getState().edit(withCorner(parts, { ...chosen, node }, to), `corner ${chosen.id} ${node}`);
  return (
    <table className="layout-corners">
      <caption>{t("layout.corners")}</caption>
      <tbody>
        {corners.map(([x, y], k) => (
          <tr key={k} className={chosen.node === k ? "layout-here" : undefined}>
            <th scope="row">
              <button type="button" className="small" aria-pressed={chosen.node === k} aria-label={t("layout.corner", { number: k + 1 })} onClick={() => useLayout.getState().choose({ ...chosen, node: k })}>
                {k + 1}
              </button>
            </th>
            <td>
              <Meters aria-label={t("layout.corner_x", { number: k + 1 })} value={x} set={(to) => move(k, [to, y])} />
            </td>
            <td>
              <Meters aria-label={t("layout.corner_y", { number: k + 1 })} value={y} set={(to) => move(k, [x, to])} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Radians, as degrees. */
function Degrees({ label, value, set }: { label: string; value: number; set: (theta: number) => void }) {
  return <NumberField label={label} value={Math.round((1800 * value) / Math.PI) / 10} otherwise={0} min={-360} max={360} decimalScale={1} onChange={(deg) => set(Math.round((deg * Math.PI * 1e6) / 180) / 1e6)} />;
}

function Meters({ value, set, ...props }: { label?: string; "aria-label"?: string; value: number; set: (value: number) => void }) {
  return <NumberField {...props} value={value} otherwise={0} step={0.05} decimalScale={3} min={-10000} max={10000} onChange={set} />;
}
