import { Autocomplete, Button } from "@mantine/core";
import { useState } from "react";

import type { HeldBy } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";

const LONGEST = 120;

/** Why one holds it, for whoever comes by: optional, and never before the stop. */
export function Reason({ held, ready, busy, onSay }: { held: HeldBy; ready: string[]; busy: boolean; onSay: (text: string) => void }) {
  const { t } = useTexts();
  const [text, setText] = useState(held.text);
  return (
    <div className="button-row change-robot">
      <Autocomplete label={t("held.why")} data={ready} value={text} maxLength={LONGEST} onChange={setText} />
      <Button variant="default" loading={busy} disabled={text.trim() === "" || text.trim() === held.text} onClick={() => onSay(text.trim())}>
        {t("held.say")}
      </Button>
    </div>
  );
}

/** How one knows that nobody is at it: a word for the journal. */
export function HowKnown({ users, onChange }: { users: string; onChange: (text: string) => void }) {
  const { t } = useTexts();
  const ready = [t("held.known.asked", { user: users }), t("held.known.looked")];
  return <Autocomplete label={t("held.known")} data={ready} maxLength={LONGEST} onChange={onChange} comboboxProps={{ withinPortal: true }} />;
}
