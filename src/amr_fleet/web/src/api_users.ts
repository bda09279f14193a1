import { request } from "./api";
import type { Account, AuditRow, Me } from "./types";

const user = (name: string): string => `/users/${encodeURIComponent(name)}`;

export interface HandOver {
  user: string;
  password: string;
}

export const AUDIT_PAGE = 200;

export const usersApi = {
  users: () => request<{ users: Account[] }>("GET", "/users"),
  add: (name: string, role: Me["role"]) => request<HandOver>("POST", "/users", { name, role }),
  resetPassword: (name: string) => request<HandOver>("POST", `${user(name)}/password`),
  setRole: (name: string, role: Me["role"]) => request<unknown>("POST", `${user(name)}/role`, { role }),
  setPin: (name: string, pin: string) => request<unknown>("POST", `${user(name)}/pin`, { pin }),
  token: (name: string) => request<{ user: string; token: string }>("POST", `${user(name)}/token`),
  remove: (name: string) => request<unknown>("DELETE", user(name)),
  audit: (name: string, before: number) =>
    request<{ audit: AuditRow[] }>("GET", `/audit?user=${encodeURIComponent(name)}&before=${before}&limit=${AUDIT_PAGE}`),
};
