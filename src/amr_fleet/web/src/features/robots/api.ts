import { api } from "../../shared/api/request";
import type { Integration } from "../../shared/api/types";

const of = (name: string) => ({ path: { name } });

export const robotsApi = {
  /** null: all robots. instead_of: whose pauses are taken over. */
  pause: (robot: string | null, said: { text?: string; instead_of?: string[] } = {}) =>
    robot === null ? api.post("/api/v1/robots/pause", { body: said }) : api.post("/api/v1/robots/{name}/pause", { ...of(robot), body: said }),
  /** null: all robots. instead_of: whose pauses end beside one's own, up to those seen; unloaded: the load is off, nobody stands there. */
  resume: (robot: string | null, said: { instead_of?: string[]; unloaded?: boolean; text?: string; seen?: number } = {}) =>
    robot === null ? api.post("/api/v1/robots/resume", { body: said }) : api.post("/api/v1/robots/{name}/resume", { ...of(robot), body: said }),
  send: (name: string, to: "park" | "charge") => api.post("/api/v1/robots/{name}/send", { ...of(name), body: { to } }),
  /** instead_of: who was to see to it that the load is taken off; nobody_there: nobody stands there, a person says. */
  deliver: (name: string, place: string, said: { instead_of?: string[]; nobody_there?: boolean } = {}) => api.post("/api/v1/robots/{name}/deliver", { ...of(name), body: { place, ...said } }),
  release: (name: string, person: string) => api.post("/api/v1/robots/{name}/release", { ...of(name), body: { person } }),
  integrate: (name: string, level: Integration) => api.post("/api/v1/robots/{name}/integration", { ...of(name), body: { level } }),
  /** x, y in m, theta in rad, map frame. */
  relocalise: (name: string, x: number, y: number, theta: number) =>
    api.post("/api/v1/robots/{name}/relocalise", { ...of(name), body: { x, y, theta } }),
};

export type Carrying = NonNullable<Parameters<typeof robotsApi.deliver>[2]>;
