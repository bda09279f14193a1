import { Button, Modal, Select, TextInput } from "@mantine/core";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";
import { useOwnTexts } from "./own_texts";
import { useMe } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { type Account, accountsApi, type HandOver } from "./api";
import { useRoles } from "./roles";

interface Props {
  account: Account;
  changed: () => void;
  handed: (answer: HandOver) => void;
  handedToken: (answer: { user: string; token: string }) => void;
}

/** One account and what an administrator may do to it; nobody removes or demotes himself. */
export function AccountRow({ account, changed, handed, handedToken }: Props) {
  const { t } = useOwnTexts();
  const roles = useRoles();
  const user = account.name;
  const own = useMe().data?.user === user;
  const [pinOpen, setPinOpen] = useState(false);
  const role = useCommand((value: Me["role"]) => accountsApi.setRole(user, value), changed);
  const reset = useCommand(() => accountsApi.resetPassword(user), handed);
  const remove = useCommand(() => accountsApi.remove(user), () => {
    note(t("accounts.removed", { user }));
    changed();
  });
  const askRole = async (value: Me["role"]): Promise<void> => {
    const body = t("accounts.role_body", { old: t(`role.${account.role}`), new: t(`role.${value}`) });
    if (await ask({ title: t("accounts.role_title", { user }), body, confirm: t("accounts.role_confirm") })) role.mutate(value);
  };
  const token = useCommand(() => accountsApi.token(user), handedToken);
  const askToken = async (): Promise<void> => {
    const title = `${t("accounts.give_token")}: ${user}?`;
    if (await ask({ title, body: t("accounts.token_ask"), confirm: t("accounts.give_token") })) token.mutate(undefined);
  };
  const askReset = async (): Promise<void> => {
    const title = `${t("accounts.reset")}: ${user}?`;
    if (await ask({ title, body: t("accounts.reset_body", { user }), confirm: t("accounts.reset") })) reset.mutate(undefined);
  };
  const resetSecond = useCommand(() => accountsApi.resetSecond(user), changed);
  const askSecond = async (): Promise<void> => {
    const title = `${t("accounts.second_reset")}: ${user}?`;
    if (await ask({ title, body: t("accounts.second_body", { user }), confirm: t("accounts.second_reset") })) resetSecond.mutate(undefined);
  };
  const askRemove = async (): Promise<void> => {
    const yes = await ask({ title: t("accounts.remove_title", { user }), body: t("accounts.remove_body", { user }), confirm: t("accounts.remove") });
    if (yes) remove.mutate(undefined);
  };
  return (
    <tr data-testid={`account-${user}`}>
      <td>
        <b>{user}</b>
      </td>
      <td>
        <Select
          aria-label={`${t("accounts.role")} ${user}`}
          data={roles}
          value={account.role}
          disabled={own || role.isPending}
          allowDeselect={false}
          onChange={(v) => v !== null && v !== account.role && void askRole(v)}
        />
      </td>
      <td data-label={t("accounts.pin")}>{account.pin ? t("accounts.has_pin") : "–"}</td>
      <td data-label={t("accounts.state")} className={account.must_change ? "text-amber" : ""}>
        {t(account.must_change ? "accounts.handed" : "accounts.own")}
      </td>
      <td data-label={t("accounts.second")}>{account.second_factor ? t("accounts.has_pin") : "–"}</td>
      <td>
        <div className="button-row account-actions">
          {(account.role === "viewer" || account.role === "operator") && (
            <button type="button" className="small" onClick={() => setPinOpen(true)}>
              {t("accounts.set_pin")}
            </button>
          )}
          <button type="button" className="small" disabled={token.isPending} onClick={() => void askToken()}>
            {t("accounts.token")}
          </button>
          {!own && (
            <>
              <button type="button" className="small" disabled={reset.isPending} onClick={() => void askReset()}>
                {t("accounts.reset")}
              </button>
              {account.second_factor && (
                <button type="button" className="small" disabled={resetSecond.isPending} onClick={() => void askSecond()}>
                  {t("accounts.second_reset")}
                </button>
              )}
              <button type="button" className="small text-red" disabled={remove.isPending} onClick={() => void askRemove()}>
                {t("accounts.remove")}
              </button>
            </>
          )}
        </div>
        <Pin user={user} opened={pinOpen} close={() => setPinOpen(false)} changed={changed} />
      </td>
    </tr>
  );
}

function Pin({ user, opened, close, changed }: { user: string; opened: boolean; close: () => void; changed: () => void }) {
  const { t, code } = useOwnTexts();
  const [pin, setPin] = useState("");
  const save = useCommand(
    () => accountsApi.setPin(user, pin),
    () => {
      note(t("accounts.pin_done", { user }));
      setPin("");
      close();
      changed();
    },
    true,
  );
  const error = save.error === null ? null : asApiError(save.error);
  return (
    <Modal opened={opened} onClose={close} title={`${t("accounts.set_pin")}: ${user}`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <TextInput
          label={t("accounts.pin")}
          description={t("accounts.pin_help")}
          inputMode="numeric"
          autoComplete="off"
          maxLength={8}
          value={pin}
          error={error === null ? undefined : code(error.code, error.facts)}
          onChange={(e) => setPin(e.currentTarget.value)}
        />
        <Button type="submit" mt="md" loading={save.isPending}>
          {t("accounts.save")}
        </Button>
      </form>
    </Modal>
  );
}
