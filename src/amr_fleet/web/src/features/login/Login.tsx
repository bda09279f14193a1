import "./styles.css";

import { Button, Paper, PasswordInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";

import { type ApiError, asApiError } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { PUSH_RENEWED } from "../../shared/session/ended";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { lazyPart } from "../../shared/ui/lazy_page";
import { outcome } from "../sign_on/outcome";
import { loginApi } from "./api";
import { PinLogin } from "./PinLogin";

const SignOn = lazyPart<{ done: (me: Me) => void }>(() => import("../sign_on/SignOn"), true);

/** With a password, or on an enrolled tablet with a PIN. */
export function Login({ done }: { done: (me: Me) => void }) {
  const { t } = useTexts();
  const [byPassword, setByPassword] = useState(() => outcome(window.location.search) !== null); // back from the provider
  const device = useQuery({ queryKey: ["device"], queryFn: loginApi.device, staleTime: Infinity, retry: false }).data;
  useEffect(() => sessionStorage.removeItem(PUSH_RENEWED), []); // whoever comes next has another log-in, from a provider too
  const tablet = device !== undefined && device.device !== null;
  return (
    <div className="middle">
      <Paper className="login" withBorder p="xl">
        <div className="login-head">
          <h1>{t("app.title")}</h1>
          <LanguageSwitch />
        </div>
        {tablet && !byPassword ? <PinLogin device={device} done={done} other={() => setByPassword(true)} /> : <PasswordLogin done={done} />}
        {tablet && byPassword && (
          <Button variant="subtle" fullWidth mt="sm" onClick={() => setByPassword(false)}>
            {t("pin.with_pin")}
          </Button>
        )}
        {(!tablet || byPassword) && <SignOn done={done} />}
      </Paper>
    </div>
  );
}

function PasswordLogin({ done }: { done: (me: Me) => void }) {
  const { t, code } = useTexts();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [second, setSecond] = useState<string | null>(null); // null: nobody has asked for a code
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | "empty" | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (user.trim() === "" || password === "") {
      setError("empty");
      return;
    }
    setBusy(true);
    try {
      done(await loginApi.login(user, password, second ?? ""));
    } catch (failure) {
      const refused = asApiError(failure);
      if (refused.code.startsWith("auth.code_")) setSecond("");
      setError(refused.code === "auth.code_needed" && second === null ? null : refused);
    } finally {
      setBusy(false);
    }
  };

  const text = error === null ? null : error === "empty" ? t("login.empty") : code(error.code, error.facts);
  return (
    <>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <TextInput
          label={t("login.user")}
          name="user"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          size="md"
          value={user}
          onChange={(e) => setUser(e.currentTarget.value)}
        />
        <PasswordInput
          label={t("login.password")}
          name="password"
          autoComplete="current-password"
          size="md"
          mt="md"
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        {second !== null && (
          <TextInput
            label={t("login.code")}
            name="code"
            autoComplete="one-time-code"
            autoCapitalize="none"
            autoFocus
            size="md"
            mt="md"
            maxLength={40}
            value={second}
            onChange={(e) => setSecond(e.currentTarget.value)}
          />
        )}
        {text !== null && (
          <p className="form-error" role="alert">
            {text}
          </p>
        )}
        <Button type="submit" fullWidth size="md" mt="lg" loading={busy}>
          {t("login.submit")}
        </Button>
      </form>
      <p className="hint">{t("login.hint")}</p>
    </>
  );
}
