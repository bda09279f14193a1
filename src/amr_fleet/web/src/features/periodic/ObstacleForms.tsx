import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useTexts } from "../../shared/i18n/texts";
import { type NewObstacle, type ObstacleLine, periodicApi } from "./api";
import { day, isoDay, today } from "./days";
import { useWords } from "./hooks";

const KINDS = ["legal", "technical", "infrastructure", "staff", "finance", "data", "safety"] as const;
const STATES = ["open", "in_progress", "proposed", "solved", "closed"] as const;
const SOURCES = ["person", "incident", "rule"] as const;

function useDone(done: () => void): () => void {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ["obstacles"] });
    void client.invalidateQueries({ queryKey: ["periodic"] });
    done();
  };
}

function Refused({ failure }: { failure: unknown }) {
  const { code } = useTexts();
  if (failure === null || failure === undefined) return null;
  const error = asApiError(failure);
  return (
    <p className="form-error" role="alert">
      {code(error.code, error.facts)}
    </p>
  );
}

/** Add an obstacle, or change one. */
export function ObstacleForm({ one, done }: { one?: ObstacleLine; done: () => void }) {
  const w = useWords();
  const [opened, setOpened] = useState(() => (one === undefined ? today(Date.now()) : day(one.opened)));
  const [due, setDue] = useState(one === undefined || one.due === "" ? "" : day(one.due));
  const [kind, setKind] = useState<NewObstacle["kind"]>(one?.kind ?? "technical");
  const [state, setState] = useState<NonNullable<NewObstacle["state"]>>(one?.state ?? "open");
  const [source, setSource] = useState<NonNullable<NewObstacle["source"]>>(one?.source ?? "person");
  const [words, setWords] = useState({ text: one?.text ?? "", asked_of: one?.asked_of ?? "", proposal: one?.proposal ?? "", owner: one?.owner ?? "" });
  const finished = useDone(done);
  const save = useCommand(
    (body: NewObstacle) => (one === undefined ? periodicApi.addObstacle(body) : periodicApi.changeObstacle(one.obstacle_id, body)),
    finished,
    true,
  );
  const first = isoDay(opened);
  const last = due.trim() === "" ? "" : isoDay(due);
  const ready = first !== null && last !== null && words.text.trim() !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (first === null || last === null) return;
    const effect = { effect_kpi: (one?.effect_kpi || null) as NewObstacle["effect_kpi"], effect_amount: one?.effect_amount ?? 0 };
    save.mutate({ ...words, ...effect, text: words.text.trim(), opened: first, due: last, kind, state, source });
  };
  const write = (name: keyof typeof words) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setWords((known) => ({ ...known, [name]: value }));
  };
  return (
    <form className="obstacle-form" onSubmit={submit}>
      <Textarea label={w("obstacle.text")} autosize minRows={2} maxLength={4000} value={words.text} onChange={write("text")} />
      <div className="obstacle-pair">
        <Select label={w("obstacle.kind")} allowDeselect={false} value={kind} onChange={(v) => setKind(v ?? "technical")} data={KINDS.map((value) => ({ value, label: w(`obstacle.kind.${value}`) }))} />
        <Select label={w("obstacle.state")} allowDeselect={false} value={state} onChange={(v) => setState(v ?? "open")} data={STATES.map((value) => ({ value, label: w(`obstacle.state.${value}`) }))} />
        <Select label={w("obstacle.source")} allowDeselect={false} value={source} onChange={(v) => setSource(v ?? "person")} data={SOURCES.map((value) => ({ value, label: w(`obstacle.source.${value}`) }))} />
        <TextInput label={w("obstacle.day")} placeholder="14/01/2027" maxLength={10} value={opened} error={first === null} onChange={(e) => setOpened(e.currentTarget.value)} />
        <TextInput label={w("obstacle.due")} placeholder="14/02/2027" maxLength={10} value={due} error={last === null} onChange={(e) => setDue(e.currentTarget.value)} />
        <TextInput label={w("obstacle.asked_of")} maxLength={200} value={words.asked_of} onChange={write("asked_of")} />
        <TextInput label={w("obstacle.owner")} maxLength={200} value={words.owner} onChange={write("owner")} />
      </div>
      <Textarea label={w("obstacle.proposal")} autosize minRows={1} maxLength={4000} value={words.proposal} onChange={write("proposal")} />
      <Refused failure={save.error} />
      <Button type="submit" disabled={!ready} loading={save.isPending}>
        {w("periodic.save")}
      </Button>
    </form>
  );
}

/** Note what an authority answered. */
export function AnswerForm({ one, done }: { one: ObstacleLine; done: () => void }) {
  const w = useWords();
  const [document, setDocument] = useState("");
  const [on, setOn] = useState(() => today(Date.now()));
  const finished = useDone(done);
  const date = isoDay(on);
  const save = useCommand(() => periodicApi.answerObstacle(one.obstacle_id, document.trim(), date ?? ""), finished, true);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (date !== null) save.mutate(undefined);
  };
  return (
    <form className="obstacle-form" onSubmit={submit}>
      <TextInput label={w("obstacle.document")} maxLength={200} value={document} onChange={(e) => setDocument(e.currentTarget.value)} />
      <TextInput label={w("obstacle.document_day")} maxLength={10} value={on} error={date === null} onChange={(e) => setOn(e.currentTarget.value)} />
      <Refused failure={save.error} />
      <Button type="submit" disabled={document.trim() === "" || date === null} loading={save.isPending}>
        {w("periodic.save")}
      </Button>
    </form>
  );
}
