import type { XY } from "./types";

/** What a camera sees; box: x0, y0, x1, y1 in px of the picture's size; x, y, radius in m, map frame. */
export interface Seen {
  kind: "person" | "vehicle" | "load";
  score: number;
  box: [number, number, number, number];
  x: number;
  y: number;
  radius: number;
}

/** blind: why it cannot see; "silent" = it says nothing. frame_age: of its blurred picture in s, null = there is none. */
export interface CameraView {
  t: number | null;
  seeing: boolean;
  blind: string;
  size: XY | null;
  detections: Seen[];
  frame_age: number | null;
}

export interface CameraInfo extends CameraView {
  id: string;
  x: number;
  y: number;
  height: number;
  looks_at: XY;
  /** The floor that it sees. */
  outline: XY[];
  online: boolean;
}
