import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useMayOperate } from "../../shared/session/me";
import { type ObstacleLine, periodicApi } from "./api";
import { day } from "./days";
import { AnswerForm, ObstacleForm } from "./ObstacleForms";
import { useWords } from "./hooks";

type Open = { kind: "new" } | { kind: "change" | "answer"; one: ObstacleLine };

/** What is in the way: carried over from report to report until somebody deals with it. */
export function Obstacles({ overdue }: { overdue: readonly string[] }) {
  const w = useWords();
  const may = useMayOperate();
  const query = useQuery({ queryKey: ["obstacles"], queryFn: periodicApi.obstacles, refetchInterval: 60_000 });
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const rows = query.data?.obstacles ?? [];
  return (
    <section className="card periodic-card">
      <div className="page-head">
        <h3>{w("obstacle.title")}</h3>
        {may && (
          <Button variant="default" onClick={() => setOpen({ kind: "new" })}>
            {w("obstacle.add")}
          </Button>
        )}
      </div>
      {rows.length === 0 && <p className="empty">{w("obstacle.none")}</p>}
      <ul className="list" data-testid="obstacles">
        {rows.map((one) => (
          <Row key={one.obstacle_id} one={one} late={overdue.includes(one.obstacle_id)} open={may ? setOpen : undefined} />
        ))}
      </ul>
      <Modal opened={open !== null} onClose={close} title={title(open, w("obstacle.add"))} centered size="lg">
        {open?.kind === "new" && <ObstacleForm done={close} />}
        {open?.kind === "change" && <ObstacleForm one={open.one} done={close} />}
        {open?.kind === "answer" && <AnswerForm one={open.one} done={close} />}
      </Modal>
    </section>
  );
}

function title(open: Open | null, add: string): string {
  return open === null || open.kind === "new" ? add : open.one.obstacle_id;
}

function Row({ one, late, open }: { one: ObstacleLine; late: boolean; open: ((what: Open) => void) | undefined }) {
  const w = useWords();
  return (
    <li className="obstacle" data-testid={`obstacle-${one.obstacle_id}`}>
      <div>
        <b>{one.obstacle_id}</b> · {w(`obstacle.kind.${one.kind}`)} · {w(`obstacle.state.${one.state}`)}
        {late && <span className="text-red"> · {w("obstacle.overdue")}</span>}
        <p className="obstacle-text">{one.text}</p>
        <p className="row-dim">
          {w("obstacle.opened", { day: day(one.opened) })}
          {one.asked_of !== "" && ` · ${w("obstacle.asked", { who: one.asked_of })}`}
          {one.owner !== "" && ` · ${w("obstacle.owned", { who: one.owner })}`}
          {one.due !== "" && ` · ${w("obstacle.due_on", { day: day(one.due) })}`}
        </p>
        {one.proposal !== "" && <p>{w("obstacle.proposed", { text: one.proposal })}</p>}
        {one.answers.map((answer) => (
          <p key={`${answer.document} ${answer.date}`} className="row-dim">
            {w("obstacle.answered", { document: answer.document, day: day(answer.date) })} {answer.text}
          </p>
        ))}
      </div>
      {open !== undefined && (
        <div className="row-actions">
          <button type="button" className="small" aria-label={`${w("obstacle.change")} ${one.obstacle_id}`} onClick={() => open({ kind: "change", one })}>
            {w("obstacle.change")}
          </button>
          <button type="button" className="small" aria-label={`${w("obstacle.answer")} ${one.obstacle_id}`} onClick={() => open({ kind: "answer", one })}>
            {w("obstacle.answer")}
          </button>
        </div>
      )}
    </li>
  );
}
