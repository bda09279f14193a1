import { Button, Group, Modal, Text } from "@mantine/core";

import { useTexts } from "../i18n/texts";
import { useDialogs } from "./dialogs";

export function Questions() {
  const { t } = useTexts();
  const question = useDialogs((s) => s.question);
  return (
    <Modal opened={question !== null} onClose={() => question?.answer(false)} title={question?.title} centered>
      <Text>{question?.body}</Text>
      {question?.detail}
      {question?.warning !== undefined && <p className="warning">{question.warning}</p>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => question?.answer(false)} data-autofocus>
          {t("ask.cancel")}
        </Button>
        <Button color={question?.warning === undefined ? undefined : "var(--bad-note)"} onClick={() => question?.answer(true)} data-testid="confirm">
          {question?.confirm}
        </Button>
      </Group>
    </Modal>
  );
}

export function Notes() {
  const { t } = useTexts();
  const notes = useDialogs((s) => s.notes);
  const dismiss = useDialogs((s) => s.dismiss);
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
