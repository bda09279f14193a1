import { create } from "zustand";

import type { LayoutShown, XY } from "../../shared/api/types";
import { begun, changed, type History, redone, settled, undone } from "./history";
import { sheetOf, withLift, withNewLevel, withoutChosen } from "./levels";
import { type MoverKind, withMover } from "./movers";
import { type Chosen, exists, type LaneWish, type Parts, type StationHome, withBox, withCamera, withLane, withNewConveyor, withNewRobot, withNewStation, withoutCorner, withWall, withZone } from "./parts";

export type Tool = "select" | "lane" | "wall" | "zone" | "station" | "box" | "camera" | "lift" | "mover";

/** What an engineer draws. It outlives the page: who looks at another page and comes back has lost nothing. */
interface LayoutState {
  user: string;
  shown: LayoutShown | null;
  history: History<Parts> | null;
  /** What the server keeps, or the running site. */
  kept: Parts | null;
  revision: string;
  tool: Tool;
  home: StationHome;
  wish: LaneWish;
  /** Who walks or drives a round that is drawn next. */
  moverKind: MoverKind;
  pen: XY[];
  chosen: Chosen | null;
  load: (user: string, shown: LayoutShown) => void;
  edit: (parts: Parts, tag?: string) => void;
  settle: () => void;
  undo: () => void;
  redo: () => void;
  choose: (chosen: Chosen | null) => void;
  take: (tool: Tool) => void;
  setHome: (home: StationHome) => void;
  setWish: (wish: Partial<LaneWish>) => void;
  setMoverKind: (kind: MoverKind) => void;
  put: (at: XY) => void;
  finish: () => void;
  leave: () => void;
  remove: () => void;
  addLevel: () => void;
  addRobot: () => void;
  addConveyor: () => void;
  keep: (revision: string) => void;
}

const LEAST = { lane: 2, wall: 2, zone: 3, box: 2, camera: 2, lift: 2, mover: 2 } as const;
const OF_TWO: readonly Tool[] = ["box", "camera"];

export const useLayout = create<LayoutState>((set, get) => {
  const stepped = (step: (history: History<Parts>) => History<Parts>): void =>
    set((s) => {
      if (s.history === null) return {};
      const history = step(s.history);
      return { history, pen: [], chosen: s.chosen !== null && exists(history.now, s.chosen) ? s.chosen : null };
    });
  const added = (make: (parts: Parts, chosen: Chosen | null) => [Parts, Chosen]): void =>
    set(({ history, chosen }) => {
      if (history === null) return {};
      const [parts, made] = make(history.now, chosen);
      return { history: changed(history, parts), chosen: made, pen: [], tool: "select" };
    });
  return {
    user: "",
    shown: null,
    history: null,
    kept: null,
    revision: "",
    tool: "select",
    home: "places",
    wish: { twoWay: false, speed: 0.8 },
    moverKind: "person",
    pen: [],
    chosen: null,
    load: (user, shown) => set({ user, shown, history: begun(shown.parts), kept: shown.parts, revision: shown.revision, pen: [], chosen: null, tool: "select" }),
    edit: (parts, tag) => set((s) => (s.history === null ? {} : { history: changed(s.history, parts, tag) })),
    settle: () => set((s) => (s.history === null ? {} : { history: settled(s.history) })),
    undo: () => stepped(undone),
    redo: () => stepped(redone),
    choose: (chosen) => set({ chosen }),
    take: (tool) => set({ tool, pen: [] }),
    setHome: (home) => set({ home }),
    setWish: (wish) => set((s) => ({ wish: { ...s.wish, ...wish } })),
    setMoverKind: (moverKind) => set({ moverKind }),
    put: (at) => {
      const { tool, pen, history, home, chosen } = get();
      if (history === null || tool === "select") return;
      if (tool === "station") {
        const [parts, made] = withNewStation(history.now, at, home, chosen);
        set({ history: changed(history, parts), chosen: made });
        return;
      }
      const last = pen[pen.length - 1];
      if (last !== undefined && last[0] === at[0] && last[1] === at[1]) get().finish();
      else {
        set({ pen: [...pen, at] });
        if (OF_TWO.includes(tool) && pen.length === 1) get().finish();
      }
    },
    finish: () => {
      const { tool, pen, history, wish, moverKind } = get();
      if (history === null || tool === "select" || tool === "station") return;
      if (pen.length < LEAST[tool]) return set({ pen: [] });
      const drawn = {
        lane: () => withLane(history.now, pen, wish),
        wall: () => withWall(history.now, pen),
        zone: () => withZone(history.now, pen),
        box: () => withBox(history.now, pen),
        camera: () => withCamera(history.now, pen),
        lift: () => withLift(history.now, pen),
        mover: () => withMover(history.now, pen, moverKind),
      }[tool]();
      if (drawn === null) return set({ pen: [] });
      const [parts, made] = drawn;
      set({ history: changed(history, parts), chosen: made, pen: [] });
    },
    leave: () => set((s) => (s.pen.length > 0 ? { pen: [] } : s.tool !== "select" ? { tool: "select" } : { chosen: null })),
    remove: () => {
      const { history, chosen } = get();
      if (history === null || chosen === null) return;
      const corner = chosen.node === undefined ? history.now : withoutCorner(history.now, chosen);
      if (corner !== history.now) {
        set({ history: changed(history, corner), chosen: { section: chosen.section, id: chosen.id } });
      } else set({ history: changed(history, withoutChosen(history.now, chosen)), chosen: null });
    },
    addLevel: () => {
      const { history, shown } = get();
      if (history === null || shown === null) return;
      const [parts, made] = withNewLevel(history.now, sheetOf(shown.size, history.now.levels));
      set({ history: changed(history, parts), chosen: made, pen: [], tool: "select" });
    },
    addRobot: () => added((parts) => withNewRobot(parts)),
    addConveyor: () => added((parts, chosen) => withNewConveyor(parts, chosen)),
    keep: (revision) => set((s) => ({ revision, kept: s.history?.now ?? null })),
  };
});

/** Whether something would be lost by loading the page anew. */
export function isUnsaved({ history, kept }: Pick<LayoutState, "history" | "kept">): boolean {
  return history !== null && history.now !== kept;
}
