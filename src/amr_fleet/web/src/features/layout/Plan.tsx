import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";

import type { LayoutFinding, XY } from "../../shared/api/types";
import { Drawn } from "./Drawn";
import { useLayoutTexts } from "./own_texts";
import { type Level, onLevel } from "./levels";
import { caught, type Chosen, cornersOf, isPlaced, type Parts, snapped, snapXY, withCorner, withMoved } from "./parts";
import { type Tool, useLayout } from "./state";
import { around, ofLevel, panned, whole, type Window, zoomed } from "./window";

const CATCH_PX = 12;
const STILL_PX = 5;
/** What is set where it is pressed; the others join lanes. */
const FREE: readonly Tool[] = ["station", "box", "camera", "lift", "mover"];

interface Props {
  size: XY;
  /** The level that is looked at; null: the whole sheet. */
  level: Level | null;
  parts: Parts;
  findings: readonly LayoutFinding[];
  readOnly: boolean;
  /** A place to show, anew with each turn. */
  spot: { at: XY; turn: number } | null;
}

type Grip = { what: "pan"; from: Window; sx: number; sy: number; far: boolean } | { what: "corner"; chosen: Chosen } | { what: "station"; chosen: Chosen };

/** The plan: pointer and keys draw, move and choose. */
export function Plan({ size, level, parts, findings, readOnly, spot }: Props) {
  const { t, num } = useLayoutTexts();
  const svg = useRef<SVGSVGElement>(null);
  const [[wide, aspect], setBox] = useState<XY>([1000, 1.6]);
  const [moved, setMoved] = useState<Window | null>(null);
  const [cross, setCross] = useState<XY | null>(null);
  const { tool, pen, chosen } = useLayout();
  const window_ = moved ?? (level === null ? whole(size, aspect) : ofLevel(level, aspect));
  const pixel = window_.w / wide;
  useEffect(() => {
    if (svg.current === null) return;
    const observer = new ResizeObserver(([entry]) => entry !== undefined && entry.contentRect.height > 0 && setBox([entry.contentRect.width, entry.contentRect.width / entry.contentRect.height]));
    observer.observe(svg.current);
    return () => observer.disconnect();
  }, []);
  const [shownTurn, setShownTurn] = useState(spot?.turn ?? 0); // on another level, what was looked at before is no place to go to
  if (spot !== null && spot.turn !== shownTurn) {
    setShownTurn(spot.turn);
    setMoved(around(spot.at, window_, aspect));
  }
  const pointer = usePointer({ svg, window_, setMoved, parts, readOnly, setCross, size });
  const zoom = (factor: number): void => setMoved(zoomed(window_, factor, [window_.x + window_.w / 2, window_.y - window_.w / aspect / 2], size));
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 0.05 : 0.5;
    const step = ({ ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] } as const)[event.key];
    const at: XY = cross ?? [snapped(window_.x + window_.w / 2), snapped(window_.y - window_.w / aspect / 2)];
    if (step !== undefined) setCross([snapped(at[0] + step[0]), snapped(at[1] + step[1])]);
    else if (event.key === "Enter" && tool !== "select" && !readOnly) useLayout.getState().put(snapXY(at));
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else if (event.key === "0") setMoved(null);
    else return;
    if (cross === null && event.key === "Enter") setCross(at);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="layout-plan">
      <svg
        ref={svg}
        viewBox={`${window_.x} ${-window_.y} ${window_.w} ${window_.w / aspect}`}
        role="application"
        aria-label={t("layout.plan")}
        data-testid="layout-plan"
        data-tool={tool}
        tabIndex={0}
        onKeyDown={key}
        {...pointer}
      >
        <g transform="scale(1 -1)">
          <rect width={size[0]} height={size[1]} className="layout-floor" />
          <Drawn parts={level === null ? parts : onLevel(parts, level)} chosen={chosen} pixel={pixel} findings={findings} handles={!readOnly && tool === "select"} />
          {pen.length > 0 && <polyline points={[...pen, ...(cross === null ? [] : [cross])].map((p) => p.join()).join(" ")} className="layout-pen" strokeWidth={2.5 * pixel} />}
          {pen.map((p, k) => (
            <circle key={k} cx={p[0]} cy={p[1]} r={5 * pixel} className="layout-pen-point" />
          ))}
          {cross !== null && !readOnly && <path d={`M${cross[0] - 12 * pixel} ${cross[1]}h${24 * pixel}M${cross[0]} ${cross[1] - 12 * pixel}v${24 * pixel}`} className="layout-cross" strokeWidth={1.5 * pixel} />}
        </g>
      </svg>
      <p className="layout-at" role="status">
        {cross === null ? "" : `x ${num(cross[0], 2)} · y ${num(cross[1], 2)} m`}
      </p>
      <div className="layout-zoom">
        <button type="button" className="small" aria-label={t("layout.zoom_in")} onClick={() => zoom(1.4)}>
          +
        </button>
        <button type="button" className="small" aria-label={t("layout.zoom_out")} onClick={() => zoom(1 / 1.4)}>
          −
        </button>
        <button type="button" className="small" onClick={() => setMoved(null)}>
          {t("layout.fit")}
        </button>
      </div>
    </div>
  );
}

interface Pointing {
  svg: React.RefObject<SVGSVGElement | null>;
  window_: Window;
  setMoved: (window: Window) => void;
  parts: Parts;
  readOnly: boolean;
  setCross: (at: XY | null) => void;
  size: XY;
}

function usePointer({ svg, window_, setMoved, parts, readOnly, setCross, size }: Pointing) {
  const grip = useRef<Grip | null>(null);
  const place = (event: { clientX: number; clientY: number }): XY => {
    const box = svg.current!.getBoundingClientRect();
    return [window_.x + ((event.clientX - box.left) / box.width) * window_.w, window_.y - ((event.clientY - box.top) / box.width) * window_.w];
  };
  const reach = (): number => (CATCH_PX * window_.w) / svg.current!.clientWidth;
  useWheel(svg, (event) => setMoved(zoomed(window_, Math.exp(-event.deltaY / 500), place(event), size)));
  const down = (event: PointerEvent<SVGSVGElement>): void => {
    const state = useLayout.getState();
    const hit = (event.target as Element).closest<SVGElement>("[data-section]")?.dataset;
    event.currentTarget.setPointerCapture(event.pointerId);
    if (state.tool !== "select" && !readOnly) return;
    grip.current = { what: "pan", from: window_, sx: event.clientX, sy: event.clientY, far: false };
    if (hit === undefined) return;
    const chosen: Chosen = { section: hit.section as Chosen["section"], id: hit.id ?? "", ...(hit.station !== undefined && { station: hit.station }), ...(hit.node !== undefined && { node: Number(hit.node) }) };
    if (!readOnly && chosen.node !== undefined) grip.current = { what: "corner", chosen };
    else if (!readOnly && state.chosen?.section === chosen.section && state.chosen.id === chosen.id && state.chosen.station === chosen.station && isPlaced(parts, chosen)) grip.current = { what: "station", chosen };
    // What a camera looks at is no corner that could be removed.
    state.choose(chosen.section === "cameras" ? { section: chosen.section, id: chosen.id } : chosen);
  };
  const move = (event: PointerEvent<SVGSVGElement>): void => {
    const state = useLayout.getState();
    const at = place(event);
    const held = grip.current;
    if (!readOnly && state.tool !== "select") return setCross(FREE.includes(state.tool) ? snapXY(at) : caught(parts, at, reach()));
    if (held === null) return;
    if (held.what === "pan") {
      held.far ||= Math.hypot(event.clientX - held.sx, event.clientY - held.sy) > STILL_PX;
      const k = held.from.w / svg.current!.clientWidth;
      if (held.far) setMoved(panned(held.from, (event.clientX - held.sx) * k, -(event.clientY - held.sy) * k));
    } else if (held.what === "corner" && cornersOf(parts, held.chosen) !== null) state.edit(withCorner(parts, held.chosen, snapXY(at)), "drag");
    else state.edit(withMoved(parts, held.chosen, snapXY(at)), "drag");
  };
  const up = (event: PointerEvent<SVGSVGElement>): void => {
    const state = useLayout.getState();
    const held = grip.current;
    grip.current = null;
    state.settle();
    if (state.tool !== "select" && !readOnly) return state.put(FREE.includes(state.tool) ? snapXY(place(event)) : caught(parts, place(event), reach()));
    const onNothing = (event.target as Element).closest("[data-section]") === null && (document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-section]") ?? null) === null;
    if (held?.what === "pan" && !held.far && onNothing) state.choose(null);
  };
  return { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: () => (grip.current = null) };
}

/** A wheel that zooms must keep the page from scrolling, which React's own listener cannot. */
function useWheel(svg: React.RefObject<SVGSVGElement | null>, turned: (event: WheelEvent) => void): void {
  const latest = useRef(turned);
  useEffect(() => {
    latest.current = turned;
  });
  useEffect(() => {
    const element = svg.current;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      latest.current(event);
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, [svg]);
}
