import { request } from "./api";
import type { CameraInfo } from "./types_cameras";

export const cameraApi = {
  cameras: () => request<{ cameras: CameraInfo[] }>("GET", "/cameras"),
  frame: (camera: string, second: number) => `/api/v1/cameras/${encodeURIComponent(camera)}/frame.jpg?s=${second}`,
};
