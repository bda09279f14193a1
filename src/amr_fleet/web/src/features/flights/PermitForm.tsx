import { Button, Modal, NumberInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { flightsApi } from "./api";
import { useFlightCommand } from "./hooks";
import { useOwnTexts } from "./own_texts";

/** A button, and the form in which an engineer notes the permit; it replaces the one before. */
export function PermitForm({ ceiling }: { ceiling: number }) {
  const { t } = useOwnTexts();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        {t("flights.permit_new")}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("flights.permit_new")} centered>
        <Form ceiling={ceiling} close={() => setOpened(false)} />
      </Modal>
    </>
  );
}

function Form({ ceiling, close }: { ceiling: number; close: () => void }) {
  const { t, decimal } = useOwnTexts();
  const [number, setNumber] = useState("");
  const [issuer, setIssuer] = useState("");
  const [registration, setRegistration] = useState("");
  const [hours, setHours] = useState<number | string>(8);
  const [height, setHeight] = useState<number | string>(ceiling);
  const save = useFlightCommand(
    () => flightsApi.permit({ number: number.trim(), issuer: issuer.trim(), registration: registration.trim(), hours: Number(hours), ceiling: Number(height) }),
    () => {
      note(t("flights.permit_saved"));
      close();
    },
    true,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(undefined);
  };
  const whole = [number, issuer, registration].every((text) => text.trim() !== "") && Number(hours) > 0 && Number(height) > 0;
  return (
    <form className="flights-form" onSubmit={submit} noValidate>
      <TextInput label={t("flights.permit_number")} maxLength={64} value={number} onChange={(e) => setNumber(e.currentTarget.value)} data-autofocus />
      <TextInput label={t("flights.permit_issuer")} maxLength={64} value={issuer} onChange={(e) => setIssuer(e.currentTarget.value)} />
      <TextInput label={t("flights.registration")} maxLength={64} value={registration} onChange={(e) => setRegistration(e.currentTarget.value)} />
      <NumberInput label={t("flights.permit_hours")} decimalSeparator={decimal} allowNegative={false} value={hours} onChange={setHours} />
      <NumberInput label={t("flights.permit_ceiling")} decimalSeparator={decimal} allowNegative={false} value={height} onChange={setHeight} />
      <Button type="submit" disabled={!whole} loading={save.isPending}>
        {t("flights.save")}
      </Button>
      <Refusal error={save.error} />
    </form>
  );
}
