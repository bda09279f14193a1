import "./styles.css";

import { Button, Paper, PasswordInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useTexts } from "../../shared/i18n/texts";
import { useMe } from "../../shared/session/me";
import { note } from "../../shared/ui/dialogs";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { loginApi } from "../login/api";
import LinkProvider from "../sign_on/LinkProvider";
import { type SecondFactorBegun, secondApi } from "./api";
import { useWords } from "./hooks";
import { QrCode } from "./QrCode";

const FEW = 3;

/** One's own two-step log-in: set it up, new recovery codes, off again. Who must have it sees nothing else before. */
export default function SecondFactorPage() {
  const w = useWords();
  const client = useQueryClient();
  const [, go] = useLocation();
  const must = useMe().data?.must_enrol ?? false;
  const [codes, setCodes] = useState<string[] | null>(null);
  const [owed] = useState(must);
  const logOut = (): void => void loginApi.logout().finally(() => void client.resetQueries());
  const done = (): void => {
    setCodes(null);
    if (owed) go("/");
    void client.invalidateQueries({ queryKey: ["me"] });
  };
  return (
    <main className={owed ? "middle" : "page"}>
      <Paper className="second" withBorder p="xl">
        <div className="second-head">
          <h1>{w("second.title")}</h1>
          {owed && <LanguageSwitch />}
        </div>
        {owed && codes === null && <p className="text-amber">{w("second.why")}</p>}
        <p>{w("second.about")}</p>
        {codes !== null ? <Codes codes={codes} done={done} /> : <State show={setCodes} />}
        {!owed && <LinkProvider />}
        {owed && codes === null && <LogOut press={logOut} />}
      </Paper>
    </main>
  );
}

function LogOut({ press }: { press: () => void }) {
  const { t } = useTexts();
  return (
    <Button variant="default" fullWidth mt="lg" onClick={press}>
      {t("head.logout")}
    </Button>
  );
}

function State({ show }: { show: (codes: string[]) => void }) {
  const { t, code } = useTexts();
  const query = useQuery({ queryKey: ["second-factor"], queryFn: secondApi.state });
  if (query.isPending) return <p className="empty">{t("app.loading")}</p>;
  if (query.error !== null) {
    const error = asApiError(query.error);
    return <p className="form-error">{code(error.code, error.facts)}</p>;
  }
  return query.data.on ? <On left={query.data.codes_left} needed={query.data.needed} show={show} /> : <SetUp show={show} />;
}

/** What a request came to, said under the form; a wrong code ends no session, so it does not go through useCommand. */
function useTry() {
  const { code } = useTexts();
  const client = useQueryClient();
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async <T,>(run: () => Promise<T>, done: (result: T) => void): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      done(await run());
      void client.invalidateQueries({ queryKey: ["second-factor"] });
    } catch (failure) {
      const error = asApiError(failure);
      setFault(code(error.code, error.facts));
      if (error.code === "auth.required") void client.invalidateQueries({ queryKey: ["me"] });
    } finally {
      setBusy(false);
    }
  };
  return { attempt, busy, fault };
}

function Fault({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <p className="form-error" role="alert">
      {text}
    </p>
  );
}

function SetUp({ show }: { show: (codes: string[]) => void }) {
  const w = useWords();
  const { attempt, busy, fault } = useTry();
  const [begun, setBegun] = useState<SecondFactorBegun | null>(null);
  const [password, setPassword] = useState("");
  const [typed, setTyped] = useState("");
  if (begun === null) {
    const begin = (event: FormEvent): void => {
      event.preventDefault();
      void attempt(() => secondApi.begin(password), setBegun);
    };
    return (
      <form onSubmit={begin} noValidate>
        <CurrentPassword value={password} change={setPassword} />
        <Fault text={fault} />
        <Button type="submit" disabled={password === ""} loading={busy}>
          {w("second.begin")}
        </Button>
      </form>
    );
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(
      () => secondApi.turnOn(typed),
      (answer) => {
        note(w("second.on_done"));
        show(answer.codes);
      },
    );
  };
  return (
    <>
      <p>{w("second.scan")}</p>
      <QrCode rows={begun.qr} label={w("second.picture")} />
      <p className="row-dim">{w("second.by_hand")}</p>
      <p className="second-secret" data-testid="second-secret">
        {begun.secret.match(/.{1,4}/g)?.join(" ")}
      </p>
      <form onSubmit={submit} noValidate>
        <p>{w("second.type")}</p>
        <CodeInput label={w("second.code")} value={typed} change={setTyped} digits />
        <Fault text={fault} />
        <Button type="submit" disabled={typed.trim() === ""} loading={busy}>
          {w("second.turn_on")}
        </Button>
      </form>
    </>
  );
}

function CurrentPassword({ value, change }: { value: string; change: (v: string) => void }) {
  const w = useWords();
  return (
    <PasswordInput label={w("second.password")} name="password" autoComplete="current-password" size="md" maxLength={256} value={value} onChange={(e) => change(e.currentTarget.value)} />
  );
}

function CodeInput({ label, value, change, digits }: { label: string; value: string; change: (v: string) => void; digits?: boolean }) {
  return (
    <TextInput
      label={label}
      name="code"
      size="md"
      maxLength={40}
      inputMode={digits ? "numeric" : "text"}
      autoComplete="one-time-code"
      autoCapitalize="none"
      value={value}
      onChange={(e) => change(e.currentTarget.value)}
    />
  );
}

function On({ left, needed, show }: { left: number; needed: boolean; show: (codes: string[]) => void }) {
  const w = useWords();
  const client = useQueryClient();
  const { attempt, busy, fault } = useTry();
  const [password, setPassword] = useState("");
  const [typed, setTyped] = useState("");
  const off = (): void => {
    note(w("second.off_done"));
    void client.invalidateQueries({ queryKey: ["me"] });
  };
  const missing = password === "" || typed.trim() === "";
  return (
    <form onSubmit={(event) => event.preventDefault()} noValidate>
      <p className={left <= FEW ? "text-amber" : ""}>{w(left <= FEW ? "second.few" : "second.is_on", { count: left })}</p>
      <CurrentPassword value={password} change={setPassword} />
      <CodeInput label={w("second.any_code")} value={typed} change={setTyped} />
      <Fault text={fault} />
      <Button type="button" variant="default" disabled={missing} loading={busy} onClick={() => void attempt(() => secondApi.newCodes(password, typed), (answer) => show(answer.codes))}>
        {w("second.new_codes")}
      </Button>
      <Button type="button" variant="default" className="text-red" disabled={missing} loading={busy} onClick={() => void attempt(() => secondApi.turnOff(password, typed), off)}>
        {w("second.turn_off")}
      </Button>
      {needed && <p className="row-dim">{w("second.needed")}</p>}
    </form>
  );
}

function Codes({ codes, done }: { codes: readonly string[]; done: () => void }) {
  const w = useWords();
  return (
    <section>
      <h2>{w("second.codes")}</h2>
      <p>{w("second.codes_help")}</p>
      <ul className="second-codes" data-testid="recovery-codes">
        {codes.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <Button onClick={done}>{w("second.kept")}</Button>
    </section>
  );
}
