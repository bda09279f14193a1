import { Button } from "@mantine/core";
import { useEffect, useState } from "react";

import { asApiError } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { type Device, loginApi } from "./api";

const LONGEST = 8;
const SHORTEST = 4;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** On an enrolled tablet: press your name, then your PIN; large keys for gloves. */
export function PinLogin({ device, done, other }: { device: Device; done: (me: Me) => void; other: () => void }) {
  const { t } = useTexts();
  const [user, setUser] = useState<string | null>(null);
  if (user !== null) return <Pad user={user} done={done} back={() => setUser(null)} />;
  return (
    <>
      <p className="row-dim">{t("pin.who", { device: device.device ?? "" })}</p>
      <div className="pin-names">
        {device.names.map((name) => (
          <Button key={name} variant="default" size="lg" onClick={() => setUser(name)}>
            {name}
          </Button>
        ))}
      </div>
      {device.names.length === 0 && <p className="empty">{t("pin.nobody")}</p>}
      <Button variant="subtle" fullWidth mt="md" onClick={other}>
        {t("pin.password")}
      </Button>
    </>
  );
}

function Pad({ user, done, back }: { user: string; done: (me: Me) => void; back: () => void }) {
  const { t, code } = useTexts();
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const add = (digit: string): void => setPin((old) => (old + digit).slice(0, LONGEST));
  const enter = async (): Promise<void> => {
    if (pin.length < SHORTEST || busy) return;
    setBusy(true);
    try {
      done(await loginApi.loginPin(user, pin));
    } catch (failure) {
      const error = asApiError(failure);
      setFault(code(error.code, error.facts));
      setPin("");
      setBusy(false);
    }
  };
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (/^\d$/.test(event.key)) add(event.key);
      else if (event.key === "Backspace") setPin((old) => old.slice(0, -1));
      else if (event.key === "Escape") back();
      else if (event.key === "Enter") {
        event.preventDefault();
        void enter();
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
  return (
    <>
      <p className="pin-user">{user}</p>
      <p className="pin-dots" role="status" aria-label={t("pin.entered", { count: pin.length })}>
        {"●".repeat(pin.length)}
        <span>{"○".repeat(Math.max(0, SHORTEST - pin.length))}</span>
      </p>
      {fault !== null && (
        <p className="form-error" role="alert">
          {fault}
        </p>
      )}
      <div className="pin-pad">
        {KEYS.map((key) => (
          <button key={key} type="button" onClick={() => add(key)}>
            {key}
          </button>
        ))}
        <button type="button" aria-label={t("pin.erase")} onClick={() => setPin((old) => old.slice(0, -1))}>
          ⌫
        </button>
        <button type="button" onClick={() => add("0")}>
          0
        </button>
        <button type="button" className="pin-enter" disabled={pin.length < SHORTEST || busy} onClick={() => void enter()}>
          {t("pin.enter")}
        </button>
      </div>
      <Button variant="subtle" fullWidth mt="md" onClick={back}>
        {t("pin.back")}
      </Button>
    </>
  );
}
