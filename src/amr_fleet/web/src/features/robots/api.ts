import { api } from "../../shared/api/request";
import type { Integration } from "../../shared/api/types";

const of = (name: string) => ({ path: { name } });

export const robotsApi = {
  setPaused: (robot: string | null, pause: boolean) =>
    robot === null
      ? api.post(pause ? "/api/v1/robots/pause" : "/api/v1/robots/resume")
      : api.post(pause ? "/api/v1/robots/{name}/pause" : "/api/v1/robots/{name}/resume", of(robot)),
  send: (name: string, to: "park" | "charge") => api.post("/api/v1/robots/{name}/send", { ...of(name), body: { to } }),
  deliver: (name: string, place: string) => api.post("/api/v1/robots/{name}/deliver", { ...of(name), body: { place } }),
  release: (name: string, person: string) => api.post("/api/v1/robots/{name}/release", { ...of(name), body: { person } }),
  integrate: (name: string, level: Integration) => api.post("/api/v1/robots/{name}/integration", { ...of(name), body: { level } }),
  /** x, y in m, theta in rad, map frame. */
  relocalise: (name: string, x: number, y: number, theta: number) =>
    api.post("/api/v1/robots/{name}/relocalise", { ...of(name), body: { x, y, theta } }),
};
