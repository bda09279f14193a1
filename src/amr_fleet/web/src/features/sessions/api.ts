import { request, segment } from "../../shared/api/request";

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

export const sessionsApi = {
  enrol: (name: string) => request<unknown>("POST", "/devices", { name }),
  sessions: () => request<{ sessions: SessionRow[] }>("GET", "/sessions"),
  end: (session: string) => request<unknown>("DELETE", `/sessions/${segment(session)}`),
};
