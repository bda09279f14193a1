import { Button, Paper, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, ApiError, asApiError } from "./api";
import { useTexts } from "./i18n";
import { LanguageSwitch } from "./LanguageSwitch";

export function Login() {
  const { t, code } = useTexts();
  const client = useQueryClient();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
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
      client.setQueryData(["me"], await api.login(user, password));
    } catch (failure) {
      setError(asApiError(failure));
    } finally {
      setBusy(false);
    }
  };

  const text = error === null ? null : error === "empty" ? t("login.empty") : code(error.code, error.facts);
  return (
    <div className="middle">
      <Paper className="login" withBorder p="xl">
        <div className="login-head">
          <h1>{t("app.title")}</h1>
          <LanguageSwitch />
        </div>
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
      </Paper>
    </div>
  );
}
