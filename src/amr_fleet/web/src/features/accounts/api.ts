import { api } from "../../shared/api/request";
import type { Role } from "../../shared/api/types";

export type { Account, HandOver } from "../../shared/api/types";

const of = (name: string) => ({ path: { name } });

export const accountsApi = {
  users: () => api.get("/api/v1/users"),
  add: (name: string, role: Role) => api.post("/api/v1/users", { body: { name, role } }),
  resetPassword: (name: string) => api.post("/api/v1/users/{name}/password", of(name)),
  setRole: (name: string, role: Role) => api.post("/api/v1/users/{name}/role", { ...of(name), body: { role } }),
  setPin: (name: string, pin: string) => api.post("/api/v1/users/{name}/pin", { ...of(name), body: { pin } }),
  token: (name: string) => api.post("/api/v1/users/{name}/token", of(name)),
  resetSecond: (name: string) => api.delete("/api/v1/users/{name}/second-factor", of(name)),
  needs: () => api.get("/api/v1/second-factor/roles"),
  setNeeds: (roles: Role[]) => api.put("/api/v1/second-factor/roles", { body: { roles } }),
  remove: (name: string) => api.delete("/api/v1/users/{name}", of(name)),
};
