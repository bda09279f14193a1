import { request } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";

/** device: what this tablet is called, null when it is none; names: who has a PIN. */
export interface Device {
  device: string | null;
  names: string[];
}

export const loginApi = {
  login: (user: string, password: string) => request<Me>("POST", "/login", { user, password }),
  changePassword: (old: string, fresh: string) => request<Me>("POST", "/me/password", { old, new: fresh }),
  logout: () => request<unknown>("POST", "/logout"),
  device: () => request<Device>("GET", "/device"),
  loginPin: (user: string, pin: string) => request<Me>("POST", "/login/pin", { user, pin }),
};
