import "./styles.css";

import { Button, Modal, Select, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useOwnTexts } from "./own_texts";
import { AccountRow } from "./AccountRow";
import { NeededRoles } from "./NeededRoles";
import { type Role, useRoles } from "./roles";
import { accountsApi, type HandOver } from "./api";

/** Who may log in, and as what. */
export default function AccountsPage() {
  const { t, code } = useOwnTexts();
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["users"], queryFn: accountsApi.users });
  const [handed, setHanded] = useState<HandOver | null>(null);
  const [token, setToken] = useState<{ user: string; token: string } | null>(null);
  const changed = (): void => void client.invalidateQueries({ queryKey: ["users"] });
  const show = (answer: HandOver): void => {
    setHanded(answer);
    changed();
  };
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.accounts")}</h2>
        </div>
        <Add added={show} />
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && (
          <table className="table table-cards table-rows">
            <thead>
              <tr>
                {(["name", "role", "pin", "state", "second"] as const).map((name) => (
                  <th key={name}>{t(`accounts.${name}`)}</th>
                ))}
                <th />
              </tr>
            </thead>
            <tbody>
              {query.data.users.map((account) => (
                <AccountRow key={account.name} account={account} changed={changed} handed={show} handedToken={setToken} />
              ))}
            </tbody>
          </table>
        )}
        <NeededRoles />
      </div>
      <Modal opened={handed !== null} onClose={() => setHanded(null)} title={t("accounts.password_title", { user: handed?.user ?? "" })} centered>
        <p className="secret" data-testid="new-password">
          {handed?.password}
        </p>
        <Text>{t("accounts.password_body", { user: handed?.user ?? "" })}</Text>
      </Modal>
      <Modal opened={token !== null} onClose={() => setToken(null)} title={t("accounts.token_title", { user: token?.user ?? "" })} centered>
        <p className="secret">{token?.token}</p>
        <Text>{t("accounts.token_body")}</Text>
      </Modal>
    </main>
  );
}

function Add({ added }: { added: (answer: HandOver) => void }) {
  const { t, code } = useOwnTexts();
  const roles = useRoles();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const add = useCommand(
    () => accountsApi.add(name.trim(), role),
    (answer) => {
      setName("");
      added(answer);
    },
    true,
  );
  const error = add.error === null ? null : asApiError(add.error);
  return (
    <form
      className="card account-add"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(undefined);
      }}
    >
      <TextInput label={t("accounts.name")} maxLength={64} autoCapitalize="none" autoComplete="off" value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <Select label={t("accounts.role")} data={roles} value={role} onChange={(v) => setRole(v ?? "operator")} allowDeselect={false} />
      <Button type="submit" disabled={name.trim() === ""} loading={add.isPending}>
        {t("accounts.add")}
      </Button>
      {error !== null && (
        <p className="form-error" role="alert">
          {code(error.code, error.facts)}
        </p>
      )}
    </form>
  );
}
