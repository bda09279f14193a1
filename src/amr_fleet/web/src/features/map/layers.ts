import { create } from "zustand";

/** Which layers of the map are shown; remembered in this browser. */
export const LAYERS = ["lanes", "zones", "ways", "reserved", "people", "cameras", "heat", "names"] as const;
export type Layer = (typeof LAYERS)[number];
export type Shown = Record<Layer, boolean>;

const STORED = "amr.layers";
const USUAL: Shown = { lanes: true, zones: true, ways: true, reserved: true, people: true, cameras: false, heat: false, names: true };

function stored(): Shown {
  try {
    const found = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Shown>;
    return { ...USUAL, ...Object.fromEntries(LAYERS.filter((l) => typeof found[l] === "boolean").map((l) => [l, found[l]])) };
  } catch {
    return { ...USUAL };
  }
}

export const useLayers = create<{ shown: Shown; toggle: (layer: Layer) => void }>((set) => ({
  shown: stored(),
  toggle: (layer) =>
    set(({ shown }) => {
      const next = { ...shown, [layer]: !shown[layer] };
      try {
        localStorage.setItem(STORED, JSON.stringify(next));
      } catch {
        // Not remembered then; the map still follows.
      }
      return { shown: next };
    }),
}));
