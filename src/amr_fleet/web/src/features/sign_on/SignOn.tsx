import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import type { Me } from "../../shared/api/types";
import { goThere, signOnApi } from "./api";
import { useLabel, useOutcome, useTry, useWords } from "./hooks";

/** Log in at the site's provider, where there is one: the button, what came of it, the code of a second step. */
export default function SignOn({ done }: { done: (me: Me) => void }) {
  const w = useWords();
  const label = useLabel();
  const came = useOutcome();
  const { attempt, busy, fault } = useTry();
  if (label === null) return null;
  const said = fault ?? (came !== null && came !== "code" ? w(came) : null);
  return (
    <div className="sign-on">
      {came === "code" && <SecondStep busy={busy} enter={(typed) => void attempt(async () => done(await signOnApi.code(typed)))} />}
      {said !== null && (
        <p className="form-error" role="alert">
          {said}
        </p>
      )}
      <Button variant="default" fullWidth size="md" mt="md" loading={busy} onClick={() => void attempt(() => goThere(signOnApi.start()))}>
        {w("at.with", { label })}
      </Button>
    </div>
  );
}

function SecondStep({ busy, enter }: { busy: boolean; enter: (code: string) => void }) {
  const w = useWords();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim() !== "") enter(typed.trim());
  };
  return (
    <form onSubmit={submit} noValidate>
      <TextInput label={w("at.code")} name="sign-on-code" autoComplete="one-time-code" autoCapitalize="none" autoFocus size="md" mt="md" maxLength={40} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
      <Button type="submit" fullWidth size="md" mt="md" loading={busy}>
        {w("at.enter")}
      </Button>
    </form>
  );
}
