import { Button, Group, Modal, Text } from "@mantine/core";
import { useEffect, useState } from "react";

import { useTexts } from "./i18n";
import { frames, useLive } from "./live";
import { useUi } from "./ui";

/** One line under the header, only when the operator must know it. */
export function Banner() {
  const { t } = useTexts();
  const connection = useLive((s) => s.connection);
  const ready = useLive((s) => s.panel?.fleet_ready ?? true);
  const paused = useLive((s) => s.panel?.all_paused ?? false);
  const [, tick] = useState(0);
  useEffect(() => {
    if (connection !== "lost") return;
    const timer = window.setInterval(() => tick((n) => n + 1), 1000);
    return () => window.clearInterval(timer);
  }, [connection]);
  if (connection === "lost") {
    const seconds = frames.last === null ? null : Math.round((performance.now() - frames.lastAt) / 1000);
    return (
      <div className="banner banner-red" role="alert">
        {seconds === null ? t("conn.lost") : t("conn.banner", { seconds })}
      </div>
    );
  }
  if (!ready) return <div className="banner">{t("conn.starting")}</div>;
  if (paused) return <div className="banner">{t("conn.all_paused")}</div>;
  return null;
}

export function Questions() {
  const { t } = useTexts();
  const question = useUi((s) => s.question);
  return (
    <Modal opened={question !== null} onClose={() => question?.answer(false)} title={question?.title} centered>
      <Text>{question?.body}</Text>
      {question?.warning !== undefined && <p className="warning">{question.warning}</p>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => question?.answer(false)} data-autofocus>
          {t("ask.cancel")}
        </Button>
        <Button color={question?.warning === undefined ? undefined : "#b3201f"} onClick={() => question?.answer(true)} data-testid="confirm">
          {question?.confirm}
        </Button>
      </Group>
    </Modal>
  );
}

export function Notes() {
  const { t } = useTexts();
  const notes = useUi((s) => s.notes);
  const dismiss = useUi((s) => s.dismiss);
  return (
    <div className="notes" aria-live="polite">
      {notes.map((note) => (
        <div key={note.id} className={note.bad ? "note note-bad" : "note"}>
          <span>{note.text}</span>
          <button type="button" aria-label={t("close")} onClick={() => dismiss(note.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
