import { address, api } from "../../shared/api/request";
import type { CameraSetupBody } from "../../shared/api/types";

const path = (camera: string): { path: { camera: string } } => ({ path: { camera } });

export const setupApi = {
  look: (camera: string) => api.post("/api/v1/camera-setup/{camera}/look", path(camera)),
  picture: (camera: string, turn: number) => address("/api/v1/camera-setup/{camera}/picture.jpg", { ...path(camera), query: { turn } }),
  try: (camera: string, body: CameraSetupBody) => api.post("/api/v1/camera-setup/{camera}/try", { ...path(camera), body }),
  trial: (camera: string) => api.get("/api/v1/camera-setup/{camera}/trial", path(camera)),
  save: (camera: string, body: CameraSetupBody) => api.post("/api/v1/camera-setup/{camera}/save", { ...path(camera), body }),
  undo: (camera: string, revision: string) => api.post("/api/v1/camera-setup/{camera}/undo", { ...path(camera), query: { revision } }),
};
