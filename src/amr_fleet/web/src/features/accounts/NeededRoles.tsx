import { Checkbox, Group } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useMe } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { accountsApi } from "./api";
import { useOwnTexts } from "./own_texts";
import { type Role, useRoles } from "./roles";

/** Which roles need a two-step log-in; who has one of them and none can do nothing but set it up. */
export function NeededRoles() {
  const { t, code } = useOwnTexts();
  const client = useQueryClient();
  const roles = useRoles();
  const own = useMe().data;
  const query = useQuery({ queryKey: ["second-factor-roles"], queryFn: accountsApi.needs });
  const save = useCommand(accountsApi.setNeeds, (answer) => {
    client.setQueryData(["second-factor-roles"], answer);
    void client.invalidateQueries({ queryKey: ["me"] });
  });
  const change = async (role: Role, on: boolean): Promise<void> => {
    const needed = query.data?.roles ?? [];
    const next = on ? [...needed, role] : needed.filter((one) => one !== role);
    if (on && role === own?.role && !own.second_factor) {
      note(code("auth.code_set_up", { role }), true);
      return;
    }
    const body = t(on ? "accounts.second_on" : "accounts.second_not", { role: t(`role.${role}`) });
    if (await ask({ title: t("accounts.second_needed"), body, confirm: t("accounts.save") })) save.mutate(next);
  };
  if (query.error !== null) {
    const error = asApiError(query.error);
    return <p className="form-error">{code(error.code, error.facts)}</p>;
  }
  if (query.data === undefined) return null;
  const needed = query.data.roles;
  return (
    <section className="card block needed-roles" data-testid="needed-roles">
      <h3>{t("accounts.second_needed")}</h3>
      <p className="lead">{t("accounts.second_help")}</p>
      <Group>
        {roles.map((role) => (
          <Checkbox
            key={role.value}
            label={role.label}
            checked={needed.includes(role.value)}
            disabled={save.isPending}
            onChange={(event) => void change(role.value, event.currentTarget.checked)}
          />
        ))}
      </Group>
    </section>
  );
}
