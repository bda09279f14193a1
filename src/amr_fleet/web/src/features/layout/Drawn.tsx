import type { LayoutFinding, XY } from "../../shared/api/types";
import { useLayoutTexts } from "./own_texts";
import { roundOf } from "./movers";
import { type Chosen, cornersOf, type Parts, spotOf, type Station } from "./parts";

interface Props {
  parts: Parts;
  chosen: Chosen | null;
  /** Metres of one pixel: what must be seen keeps its size on the screen. */
  pixel: number;
  findings: readonly LayoutFinding[];
  handles: boolean;
}

/** Names are shown from so near on (m a pixel): further off they would cover one another. */
const NAMES_M = 0.045;

/** A conveyor before the nose of a docked robot (m): from its middle on, how deep, how wide. */
const BELT_M = [0.9, 1.2, 1.2] as const;

const path = (points: readonly number[][]): string => points.map((p) => p.join()).join(" ");

/** Everything of a draft, metres, y north. What can be chosen says what it is in data-*. */
export function Drawn({ parts, chosen, pixel, findings, handles }: Props) {
  const { lang } = useLayoutTexts();
  const wrong = new Set(findings.filter((f) => f.severity === "error").map((f) => `${f.section} ${f.id}`));
  const mark = (section: Chosen["section"], id: string, station?: string) => ({
    "data-section": section,
    "data-id": id,
    ...(station !== undefined && { "data-station": station }),
    className: `layout-${section}${chosen?.section === section && chosen.id === id && (station === undefined || chosen.station === station) ? " layout-chosen" : ""}${wrong.has(`${section} ${station ?? id}`) ? " layout-wrong" : ""}`,
  });
  const thick = (metres: number, pixels: number): number => Math.max(metres, pixels * pixel);
  const corners = chosen === null || !handles ? null : cornersOf(parts, chosen);
  return (
    <>
      {parts.levels.map((level, k) => (
        <rect key={k} className={chosen?.section === "levels" && chosen.id === level.id ? "layout-floor-level layout-chosen" : wrong.has(`levels ${level.id}`) ? "layout-floor-level layout-wrong" : "layout-floor-level"} x={level.origin[0]} y={level.origin[1]} width={Math.max(0, level.size[0])} height={Math.max(0, level.size[1])} strokeWidth={1.5 * pixel} strokeDasharray={`${8 * pixel} ${5 * pixel}`} />
      ))}
      {parts.zones.map((zone, k) => (
        <polygon key={k} {...mark("zones", zone.id)} data-kind={zone.kind} points={path(zone.polygon)} strokeWidth={1.5 * pixel} />
      ))}
      {parts.boxes.map((box, k) => (
        <rect key={k} {...mark("boxes", box.id)} x={-box.size_x / 2} y={-box.size_y / 2} width={Math.max(0, box.size_x)} height={Math.max(0, box.size_y)} transform={`translate(${box.x} ${box.y}) rotate(${(180 * box.theta) / Math.PI})`} strokeWidth={1.5 * pixel} />
      ))}
      {parts.walls.map((wall, k) => (
        <polyline key={k} {...mark("walls", wall.id)} points={path(wall.points)} strokeWidth={thick(wall.thickness, 3)} />
      ))}
      {parts.doors.map((door, k) => (
        <circle key={k} {...mark("doors", door.id)} cx={door.x} cy={door.y} r={thick(0.3, 4)} strokeWidth={1.5 * pixel} />
      ))}
      {parts.lifts.flatMap((lift) =>
        lift.stops.map((stop) => (
          <rect key={`${lift.id} ${stop.level}`} {...mark("lifts", lift.id, stop.level)} x={-lift.size[0] / 2} y={-lift.size[1] / 2} width={Math.max(0, lift.size[0])} height={Math.max(0, lift.size[1])} transform={`translate(${stop.x} ${stop.y}) rotate(${(180 * stop.theta) / Math.PI})`} strokeWidth={1.5 * pixel} />
        )),
      )}
      {parts.movers.map((mover, k) => (
        <g key={`mover ${k}`} {...mark("movers", mover.id)} data-kind={mover.kind}>
          <polyline points={path(roundOf(mover))} className="layout-reach" strokeWidth={thick(0.5, 12)} />
          <polyline points={path(roundOf(mover))} className="layout-round" strokeWidth={2.5 * pixel} strokeDasharray={mover.kind === "person" ? `${2 * pixel} ${5 * pixel}` : `${9 * pixel} ${5 * pixel}`} />
          <Arrows points={roundOf(mover)} twoWay={mover.route.length === 2} pixel={pixel} />
        </g>
      ))}
      {parts.lanes.map((lane, k) => (
        <g key={k} {...mark("lanes", lane.id)}>
          <polyline points={path(lane.points)} className="layout-reach" strokeWidth={thick(0.5, 12)} />
          <polyline points={path(lane.points)} className="layout-line" strokeWidth={thick(0.12, 2.5)} />
          <Arrows points={lane.points} twoWay={lane.two_way} pixel={pixel} />
        </g>
      ))}
      {parts.places.flatMap((place) => place.stations.map((s, k) => <Nose key={`${place.id} ${k}`} station={s} pixel={pixel} mark={mark("places", place.id, s.id)} />))}
      {(["chargers", "parking"] as const).flatMap((section) => parts[section].map((s, k) => <Nose key={`${section} ${k}`} station={s} pixel={pixel} mark={mark(section, s.id)} />))}
      {parts.conveyors.map((conveyor, k) => {
        const at = spotOf(parts, { section: "conveyors", id: conveyor.id });
        return at === undefined ? null : <rect key={`conveyor ${k}`} {...mark("conveyors", conveyor.id)} x={BELT_M[0]} y={-BELT_M[2] / 2} width={BELT_M[1]} height={BELT_M[2]} transform={`translate(${at.x} ${at.y}) rotate(${(180 * at.theta) / Math.PI})`} strokeWidth={1.5 * pixel} />;
      })}
      {parts.cameras.map((camera, k) => (
        <g key={`camera ${k}`} {...mark("cameras", camera.id)}>
          <line x1={camera.x} y1={camera.y} x2={camera.looks_at[0]} y2={camera.looks_at[1]} className="layout-sight" strokeWidth={1.5 * pixel} strokeDasharray={`${5 * pixel} ${4 * pixel}`} />
          <circle cx={camera.x} cy={camera.y} r={thick(0.25, 6)} strokeWidth={1.5 * pixel} />
          {handles && chosen?.section === "cameras" && chosen.id === camera.id && <circle data-section="cameras" data-id={camera.id} data-node={0} cx={camera.looks_at[0]} cy={camera.looks_at[1]} r={7 * pixel} className="layout-node" strokeWidth={2 * pixel} />}
        </g>
      ))}
      {parts.levels.map((level, k) => (
        <Name key={`level ${k}`} text={lang === "vi" ? level.name_vi : level.name_en} at={[level.origin[0], level.origin[1] + level.size[1]]} pixel={pixel} />
      ))}
      {pixel < NAMES_M && [...parts.cameras, ...parts.lifts.flatMap((lift) => lift.stops.map((stop) => ({ id: lift.id, x: stop.x, y: stop.y })))].map((o, k) => <Name key={`thing ${k}`} text={o.id} at={[o.x, o.y]} pixel={pixel} />)}
      {pixel < NAMES_M && parts.movers.map((mover, k) => mover.route[0] !== undefined && <Name key={`mover ${k}`} text={mover.id} at={mover.route[0]} pixel={pixel} />)}
      {pixel < NAMES_M && parts.lanes.map((lane, k) => lane.points.length > 1 && <Name key={`lane ${k}`} text={lane.id} at={[(lane.points[0]![0] + lane.points[1]![0]) / 2, (lane.points[0]![1] + lane.points[1]![1]) / 2]} pixel={pixel} />)}
      {pixel < NAMES_M && [...parts.places.flatMap((p) => p.stations), ...parts.chargers, ...parts.parking].map((s, k) => <Name key={k} text={[s.id, ...parts.fleet.filter((robot) => robot.parking === s.id).map((robot) => robot.name)].join(" · ")} at={[s.x, s.y]} pixel={pixel} />)}
      {corners?.map((p, k) => (
        <circle key={k} data-section={chosen!.section} data-id={chosen!.id} data-node={k} cx={p[0]} cy={p[1]} r={7 * pixel} className={chosen!.node === k ? "layout-node layout-node-chosen" : "layout-node"} strokeWidth={2 * pixel} />
      ))}
      {findings.map((f, k) => (f.x === null || f.y === null ? null : <circle key={k} cx={f.x} cy={f.y} r={14 * pixel} className={f.severity === "error" ? "layout-error" : "layout-warning"} strokeWidth={2 * pixel} />))}
    </>
  );
}

/** Which way it goes: an arrow on each side, two where it goes both ways. */
function Arrows({ points, twoWay, pixel }: { points: readonly XY[]; twoWay: boolean; pixel: number }) {
  const size = 7 * pixel;
  return points.slice(1).map((end, k) => {
    const [a, b] = [points[k] as XY, end];
    const turn = (180 * Math.atan2(b[1] - a[1], b[0] - a[0])) / Math.PI;
    const shift = twoWay ? size : 0;
    const at = `translate(${(a[0] + b[0]) / 2} ${(a[1] + b[1]) / 2}) rotate(${turn})`;
    return (
      <g key={k} transform={at}>
        <path d={`M${shift - size} ${-size}L${shift + size} 0L${shift - size} ${size}z`} className="layout-arrow" />
        {twoWay && <path d={`M${size - shift} ${-size}L${-size - shift} 0L${size - shift} ${size}z`} className="layout-arrow" />}
      </g>
    );
  });
}

/** The sheet is drawn y north; letters are turned back. */
function Name({ text, at: [x, y], pixel }: { text: string; at: XY; pixel: number }) {
  return (
    <text transform={`translate(${x + 8 * pixel} ${y + 8 * pixel}) scale(1 -1)`} fontSize={12 * pixel} className="layout-name">
      {text}
    </text>
  );
}

function Nose({ station, pixel, mark }: { station: Station; pixel: number; mark: Record<string, string> }) {
  const r = Math.max(0.35, 5 * pixel);
  return <path {...mark} transform={`translate(${station.x} ${station.y}) rotate(${(180 * station.theta) / Math.PI})`} d={`M${1.6 * r} 0L${-r} ${r}L${-r} ${-r}z`} strokeWidth={1.5 * pixel} />;
}
