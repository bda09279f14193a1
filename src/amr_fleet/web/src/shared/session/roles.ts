import type { Me } from "../api/types";

const ROLES: readonly Me["role"][] = ["worker", "viewer", "authority", "operator", "engineer", "admin"];

/** Whether a role is the needed one or a higher one. */
export function mayUse(needed: Me["role"], role: Me["role"] | undefined): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
