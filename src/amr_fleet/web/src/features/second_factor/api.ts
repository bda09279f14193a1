import { api } from "../../shared/api/request";

export type { SecondFactor, SecondFactorBegun } from "../../shared/api/types";

export const secondApi = {
  state: () => api.get("/api/v1/me/second-factor"),
  begin: (password: string) => api.post("/api/v1/me/second-factor/begin", { body: { password } }),
  turnOn: (code: string) => api.post("/api/v1/me/second-factor", { body: { code } }),
  newCodes: (password: string, code: string) => api.post("/api/v1/me/second-factor/codes", { body: { password, code } }),
  turnOff: (password: string, code: string) => api.post("/api/v1/me/second-factor/off", { body: { password, code } }),
};
