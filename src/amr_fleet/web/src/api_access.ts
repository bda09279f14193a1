import { request } from "./api";
import type { Me } from "./types";

/** device: what this tablet is called, null when it is none; names: who has a PIN. */
export interface Device {
  device: string | null;
  names: string[];
}

/** Times in Unix seconds. kind: password, pin, token or device (an enrolled tablet). */
export interface SessionRow {
  id: string;
  name: string;
  kind: "password" | "pin" | "token" | "device";
  client: string;
  created: number;
  seen: number;
  expires: number;
  own: boolean;
}

export const accessApi = {
  device: () => request<Device>("GET", "/device"),
  loginPin: (user: string, pin: string) => request<Me>("POST", "/login/pin", { user, pin }),
  enrol: (name: string) => request<unknown>("POST", "/devices", { name }),
  sessions: () => request<{ sessions: SessionRow[] }>("GET", "/sessions"),
  end: (session: string) => request<unknown>("DELETE", `/sessions/${encodeURIComponent(session)}`),
};
