import { request, segment } from "../../shared/api/request";
import type { Integration, Order } from "../../shared/api/types";

const robot = (name: string): string => `/robots/${segment(name)}`;

export const robotsApi = {
  setPaused: (robot: string | null, pause: boolean) =>
    request<unknown>("POST", `/robots/${robot === null ? "" : `${segment(robot)}/`}${pause ? "pause" : "resume"}`),
  send: (name: string, to: "park" | "charge") => request<unknown>("POST", `${robot(name)}/send`, { to }),
  deliver: (name: string, place: string) => request<Order>("POST", `${robot(name)}/deliver`, { place }),
  release: (name: string, person: string) => request<unknown>("POST", `${robot(name)}/release`, { person }),
  integrate: (name: string, level: Integration) => request<unknown>("POST", `${robot(name)}/integration`, { level }),
  /** x, y in m, theta in rad, map frame. */
  relocalise: (name: string, x: number, y: number, theta: number) => request<unknown>("POST", `${robot(name)}/relocalise`, { x, y, theta }),
};
