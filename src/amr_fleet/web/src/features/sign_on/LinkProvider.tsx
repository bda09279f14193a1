import "./styles.css";

import { Button, PasswordInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { note } from "../../shared/ui/dialogs";
import { goThere, signOnApi } from "./api";
import { useLabel, useOutcome, useTry, useWords } from "./hooks";

/** Make one's account one's own at the site's provider, too, or no longer; nothing where there is no provider. */
export default function LinkProvider() {
  const w = useWords();
  const label = useLabel();
  const came = useOutcome();
  const link = useQuery({ queryKey: ["provider-link"], queryFn: signOnApi.link, enabled: label !== null });
  if (label === null || link.data === undefined) return null;
  const { linked, mine } = link.data;
  return (
    <section className="link-provider">
      <h2 className="link-provider-title">{w("at.with", { label })}</h2>
      {linked && <p role="status">{w("at.linked")}</p>}
      {came !== null && came !== "code" && came !== "at.linked" && <Fault text={w(came)} />}
      {mine && (linked ? <Unlink label={label} /> : <Link label={label} />)}
    </section>
  );
}

function Fault({ text }: { text: string }) {
  return (
    <p className="form-error" role="alert">
      {text}
    </p>
  );
}

function Link({ label }: { label: string }) {
  const w = useWords();
  const { attempt, busy, fault } = useTry();
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(() => goThere(signOnApi.startLink(password)));
  };
  return (
    <form onSubmit={submit} noValidate>
      <p>{w("at.link_about", { label })}</p>
      <PasswordInput label={w("at.password")} name="link-password" autoComplete="current-password" value={password} onChange={(e) => setPassword(e.currentTarget.value)} />
      {fault !== null && <Fault text={fault} />}
      <Button type="submit" variant="default" fullWidth disabled={password === ""} loading={busy}>
        {w("at.link", { label })}
      </Button>
    </form>
  );
}

function Unlink({ label }: { label: string }) {
  const w = useWords();
  const client = useQueryClient();
  const { attempt, busy, fault } = useTry();
  const press = async (): Promise<void> => {
    await signOnApi.unlink();
    note(w("at.unlinked"));
    await client.invalidateQueries({ queryKey: ["provider-link"] });
  };
  return (
    <>
      {fault !== null && <Fault text={fault} />}
      <Button variant="default" fullWidth mt="sm" loading={busy} onClick={() => void attempt(press)}>
        {w("at.unlink", { label })}
      </Button>
    </>
  );
}
