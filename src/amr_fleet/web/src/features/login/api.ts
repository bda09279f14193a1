import { api } from "../../shared/api/request";

export type { Device } from "../../shared/api/types";

export const loginApi = {
  login: (user: string, password: string, code: string) => api.post("/api/v1/login", { body: { user, password, code } }),
  changePassword: (old: string, fresh: string) => api.post("/api/v1/me/password", { body: { old, new: fresh } }),
  logout: () => api.post("/api/v1/logout"),
  device: () => api.get("/api/v1/device"),
  loginPin: (user: string, pin: string) => api.post("/api/v1/login/pin", { body: { user, pin } }),
};
