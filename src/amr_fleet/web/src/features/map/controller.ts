import type { Site, Snapshot, XY } from "../../shared/api/types";
import { textsFor, useLang } from "../../shared/i18n/texts";
import type { Frames } from "../../shared/live/live";
import { useFocus } from "../../shared/ui/focus";
import { paintIn } from "./colours";
import { clear, drawLive } from "./draw_live";
import { drawStatic } from "./draw_static";
import { useDrawing } from "./drawing";
import { areaOf, floorAt, floorOf, type Level, siteOn, snapshotOn, useFloor } from "../floors/floors";
import { attachGestures } from "./gestures";
import { poseOf, posesAt, progress } from "./interpolate";
import { mapMove } from "./keys";
import { useLayers } from "./layers";
import type { View } from "./view";

const FRAME_MS = 32; // thirty pictures a second are enough for robots at walking speed
const CLICK_RADIUS_PX = 24;
const THEME = "data-mantine-color-scheme";

/** Owns the two canvases: the lower one is drawn when the view changes, the upper one while robots move. */
export class MapController {
  private readonly stop: (() => void)[] = [];
  private ratio = 1;
  private staticDirty = true;
  private liveDirty = true;
  private drawnAt = 0;
  private request = 0;
  private draws: number[] = [];
  private ages: number[] = [];
  private shown: Snapshot | null = null;
  private secondAt = 0;
  private floor: Level | null = null;
  private site: Site;

  constructor(
    private readonly box: HTMLElement,
    private readonly lower: HTMLCanvasElement,
    private readonly upper: HTMLCanvasElement,
    private readonly view: View,
    private readonly whole: Site,
    private readonly frames: Frames,
  ) {
    this.site = whole;
    this.showFloor();
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(box);
    this.stop.push(
      () => observer.disconnect(),
      attachGestures(upper, this.view, () => this.redraw(), (x, y) => this.click(x, y)),
      useLang.subscribe(() => this.redraw()),
      useLayers.subscribe(() => this.redraw()),
      useFloor.subscribe(() => this.showFloor()),
      useDrawing.subscribe(() => (this.liveDirty = true)),
      useFocus.subscribe((now, before) => {
        if (now.centre !== before.centre) this.centreOn(now.selected, now.spot);
        if (now.selected !== before.selected) this.liveDirty = true;
      }),
    );
    const theme = new MutationObserver(() => this.paint());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: [THEME] });
    this.stop.push(() => theme.disconnect());
    this.paint();
    void document.fonts.ready.then(() => this.redraw());
    this.resize();
    this.request = requestAnimationFrame(this.frame);
  }

  destroy(): void {
    cancelAnimationFrame(this.request);
    for (const stop of this.stop) stop();
  }

  fit(): void {
    this.view.fit();
    this.redraw();
  }

  zoom(factor: number): void {
    this.view.zoom(factor, this.view.width / 2, this.view.height / 2);
    this.redraw();
  }

  /** One key of the keyboard; whether it meant something. */
  key(name: string): boolean {
    const move = mapMove(name);
    if (move === null) return false;
    if (move === "fit") this.view.fit();
    else if ("pan" in move) this.view.pan(...move.pan);
    else this.view.zoom(move.zoom, this.view.width / 2, this.view.height / 2);
    this.redraw();
    return true;
  }

  /** Show the chosen floor, and nothing but what is on it; a site with one floor is shown whole. */
  private showFloor(): void {
    const floor = floorOf(this.whole, useFloor.getState().level);
    if (floor === this.floor && floor !== null) return;
    this.floor = floor;
    this.site = siteOn(this.whole, floor);
    const { at, size } = areaOf(this.whole, floor);
    this.view.setSite(size, at);
    this.redraw();
  }

  private paint(): void {
    paintIn(document.documentElement.getAttribute(THEME) === "dark");
    this.redraw();
  }

  private redraw(): void {
    this.staticDirty = true;
    this.liveDirty = true;
  }

  private resize(): void {
    const { width, height } = this.box.getBoundingClientRect();
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [this.lower, this.upper]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    this.view.resize(width, height);
    this.redraw();
  }

  private centreOn(name: string | null, spot: XY | null): void {
    const robot = this.frames.last?.robots.find((r) => r.name === name);
    const pose = robot === undefined ? null : poseOf(robot);
    const at: XY | null = pose !== null ? [pose.x, pose.y] : name === null ? spot : null;
    if (at === null) return;
    const floor = floorAt(this.whole, at);
    if (floor !== null) useFloor.getState().show(floor.id);
    this.view.centreOn(...at);
    this.redraw();
  }

  private click(sx: number, sy: number): void {
    let best: string | null = null;
    let nearest = CLICK_RADIUS_PX;
    const last = this.frames.last;
    for (const robot of last === null ? [] : snapshotOn(last, this.floor).robots) {
      const pose = poseOf(robot);
      if (pose === null) continue;
      const [x, y] = this.view.toScreen(pose.x, pose.y);
      const d = Math.hypot(x - sx, y - sy);
      if (d < nearest) [best, nearest] = [robot.name, d];
    }
    useFocus.getState().select(best);
    if (best !== null) useFocus.getState().setTab("robots");
  }

  private readonly frame = (now: number): void => {
    this.request = requestAnimationFrame(this.frame);
    if (now - this.drawnAt < FRAME_MS) return;
    this.drawnAt = now;
    const lower = this.lower.getContext("2d");
    const upper = this.upper.getContext("2d");
    if (lower === null || upper === null) return;
    if (this.staticDirty) {
      drawStatic(lower, this.view, this.ratio, this.site, textsFor(useLang.getState().lang), useLayers.getState().shown);
      this.staticDirty = false;
    }
    const { last, previous, lastAt, previousAt } = this.frames;
    if (last === null) {
      if (this.shown !== null) clear(upper); // of a moment without a picture nothing of another one stays
      this.shown = null;
      return;
    }
    const share = progress(performance.now(), previousAt, lastAt);
    if (share >= 1 && !this.liveDirty) return;
    this.liveDirty = share < 1;
    const chosen = useFocus.getState().selected;
    const begun = performance.now();
    drawLive(upper, this.view, this.ratio, snapshotOn(last, this.floor), posesAt(previous, last, share), this.site, chosen, useLayers.getState().shown, useDrawing.getState());
    if (last !== this.shown) this.ages.push(Date.now() - 1000 * last.t);
    this.shown = last;
    this.timing(now, performance.now() - begun);
  };

  /**
   * The last second in the canvas's data-*: pictures drawn, ms to draw one (middle), and the oldest snapshot (ms) when it was
   * first drawn, which means something where the fleet's clock is the wall clock. `amr bench screen` reads them.
   */
  private timing(now: number, drawn: number): void {
    this.draws.push(drawn);
    if (now - this.secondAt < 1000) return;
    const sorted = this.draws.sort((a, b) => a - b);
    this.upper.dataset.frames = String(sorted.length);
    this.upper.dataset.drawMs = (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2);
    if (this.ages.length > 0) this.upper.dataset.ageMs = Math.max(...this.ages).toFixed(0);
    this.ages = [];
    this.draws = [];
    this.secondAt = now;
  }
}
