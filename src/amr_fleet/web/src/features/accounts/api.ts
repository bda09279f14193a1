import { request, segment } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";

export interface Account {
  name: string;
  role: Me["role"];
  pin: boolean;
  must_change: boolean;
}

export interface HandOver {
  user: string;
  password: string;
}

const user = (name: string): string => `/users/${segment(name)}`;

export const accountsApi = {
  users: () => request<{ users: Account[] }>("GET", "/users"),
  add: (name: string, role: Me["role"]) => request<HandOver>("POST", "/users", { name, role }),
  resetPassword: (name: string) => request<HandOver>("POST", `${user(name)}/password`),
  setRole: (name: string, role: Me["role"]) => request<unknown>("POST", `${user(name)}/role`, { role }),
  setPin: (name: string, pin: string) => request<unknown>("POST", `${user(name)}/pin`, { pin }),
  token: (name: string) => request<{ user: string; token: string }>("POST", `${user(name)}/token`),
  remove: (name: string) => request<unknown>("DELETE", user(name)),
};
