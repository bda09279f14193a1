import "./styles.css";

import { Button, Paper, PasswordInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useTexts } from "../../shared/i18n/texts";
import { note } from "../../shared/ui/dialogs";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { loginApi } from "./api";

const SHORTEST = 10;

/** The page where people change their own password when they like. */
export function OwnPassword() {
  const [, go] = useLocation();
  return <ChangePassword leave={() => go("/")} />;
}

/** A password that somebody handed over must be changed before anything else; leave: it is changed of one's own will. */
export function ChangePassword({ leave }: { leave?: () => void }) {
  const { t, code } = useTexts();
  const client = useQueryClient();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fresh.length < SHORTEST) return setFault(t("password.short", { count: SHORTEST }));
    if (fresh !== again) return setFault(t("password.differs"));
    if (fresh === old) return setFault(t(own ? "password.same_own" : "password.same"));
    setBusy(true);
    try {
      client.setQueryData(["me"], await loginApi.changePassword(old, fresh));
      note(t("password.done"));
      leave?.();
    } catch (failure) {
      const error = asApiError(failure);
      setFault(code(error.code, error.facts));
    } finally {
      setBusy(false);
    }
  };
  const logOut = (): void => void loginApi.logout().finally(() => void client.resetQueries());
  const own = leave !== undefined;
  return (
    <main className="middle">
      <Paper className="login" withBorder p="xl">
        <div className="login-head">
          <h1>{t("password.title")}</h1>
          <LanguageSwitch />
        </div>
        {!own && <p className="row-dim">{t("password.why")}</p>}
        <form onSubmit={(event) => void submit(event)} noValidate>
          <PasswordInput label={t(own ? "password.now" : "password.old")} name="old" autoComplete="current-password" size="md" value={old} onChange={(e) => setOld(e.currentTarget.value)} />
          <PasswordInput label={t("password.new")} name="new" autoComplete="new-password" size="md" mt="md" value={fresh} onChange={(e) => setFresh(e.currentTarget.value)} />
          <PasswordInput label={t("password.again")} name="again" autoComplete="new-password" size="md" mt="md" value={again} onChange={(e) => setAgain(e.currentTarget.value)} />
          {fault !== null && (
            <p className="form-error" role="alert">
              {fault}
            </p>
          )}
          <Button type="submit" fullWidth size="md" mt="lg" loading={busy}>
            {t("password.save")}
          </Button>
          <Button variant="default" fullWidth size="md" mt="sm" onClick={leave ?? logOut}>
            {t(own ? "ask.cancel" : "head.logout")}
          </Button>
        </form>
      </Paper>
    </main>
  );
}
