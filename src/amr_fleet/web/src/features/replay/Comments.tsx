import { Button, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { Keys } from "../../shared/api/key";
import { robotLabel } from "../../shared/i18n/texts";
import { useMayOperate } from "../../shared/session/me";
import { type MomentComment, replayApi } from "./api";
import { useOwnTexts } from "./own_texts";

const LONGEST = 500;

interface Props {
  /** Whether the server has said which there are. */
  loaded: boolean;
  comments: readonly MomentComment[];
  time: (t: number) => string;
  now: number;
  robot: string;
  onGo: (t: number) => void;
}

/** What people said of moments: the list goes there, the form says something of the moment that is shown. */
export function Comments({ loaded, comments, time, now, robot, onGo }: Props) {
  const { t } = useOwnTexts();
  const may = useMayOperate();
  return (
    <section className="replay-comments" aria-label={t("replay.comments")}>
      <h3 className="panel-title replay-title">{t("replay.comments")}</h3>
      {loaded && comments.length === 0 && <p className="empty">{t(robot === "" ? "replay.no_comments" : "replay.no_comments_robot", { robot: robotLabel(robot) })}</p>}
      <ul className="list" data-testid="comments">
        {comments.map((one) => (
          <li key={`${one.t} ${one.written} ${one.text}`} className="row">
            <button type="button" className="event" onClick={() => onGo(one.t)}>
              <time>{time(one.t)}</time>
              <span>
                {one.text}
                <span className="row-dim"> · {[one.robot === "" ? "" : robotLabel(one.robot), one.user].filter((part) => part !== "").join(" · ")}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {may && <CommentForm time={time} now={now} robot={robot} />}
    </section>
  );
}

function CommentForm({ time, now, robot }: Pick<Props, "time" | "now" | "robot">) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [keys] = useState(() => new Keys());
  // The moment at which somebody begins to write: the film runs on meanwhile.
  const [begun, setBegun] = useState<number | null>(null);
  const at = begun ?? now;
  const add = useCommand(
    () => replayApi.comment(at, text.trim(), robot, keys.of(JSON.stringify([at, text.trim(), robot]))),
    () => {
      setText("");
      setBegun(null);
      keys.done();
      void client.invalidateQueries({ queryKey: ["replay"] });
    },
  );
  const write = (value: string): void => {
    setText(value);
    setBegun(value === "" ? null : at);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") add.mutate(undefined);
  };
  const label = robot === "" ? t("replay.comment", { time: time(at) }) : t("replay.comment_robot", { robot: robotLabel(robot), time: time(at) });
  return (
    <form className="comment-form" onSubmit={submit}>
      <Textarea label={label} autosize minRows={2} maxRows={6} maxLength={LONGEST} value={text} onChange={(e) => write(e.currentTarget.value)} />
      <Button type="submit" variant="default" disabled={text.trim() === ""} loading={add.isPending}>
        {t("replay.add_comment")}
      </Button>
    </form>
  );
}
