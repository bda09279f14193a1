import type { Me } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";

export type Role = Me["role"];
const ROLES: readonly Role[] = ["worker", "viewer", "authority", "operator", "engineer", "admin"];

export function useRoles(): { value: Role; label: string }[] {
  const { t } = useTexts();
  return ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }));
}
