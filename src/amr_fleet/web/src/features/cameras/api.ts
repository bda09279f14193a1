import { request, segment } from "../../shared/api/request";
import type { CameraView, XY } from "../../shared/api/types";

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

export const camerasApi = {
  cameras: () => request<{ cameras: CameraInfo[] }>("GET", "/cameras"),
  frame: (camera: string, second: number) => `/api/v1/cameras/${segment(camera)}/frame.jpg?s=${second}`,
};
