import { address, api } from "../../shared/api/request";

export type { CameraInfo } from "../../shared/api/types";

export const camerasApi = {
  cameras: () => api.get("/api/v1/cameras"),
  camera: (id: string) => api.get("/api/v1/cameras/{camera_id}", { path: { camera_id: id } }),
  ofRobot: (name: string) => api.get("/api/v1/robots/{name}/cameras", { path: { name } }),
  history: (id: string, hours: number) => api.get("/api/v1/cameras/{camera_id}/history", { path: { camera_id: id }, query: { hours } }),
  frame: (camera: string, second: number) => address("/api/v1/cameras/{camera_id}/frame.jpg", { path: { camera_id: camera }, query: { s: second } }),
};
