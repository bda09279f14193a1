import "./styles.css";

import { Button, MultiSelect, NumberInput, Select } from "@mantine/core";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useSite } from "../../shared/api/site";
import { robotLabel } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { Answer } from "./Answer";
import { type WhatIfAnswer, whatIfApi, type WhatIfQuestion } from "./api";
import { useOwnTexts } from "./own_texts";

/** The answer; robots that the user took out himself need no note. */
async function withoutChosen(question: WhatIfQuestion): Promise<WhatIfAnswer> {
  const answer = await whatIfApi.whatIf(question);
  const noted = answer.after.left_out.filter((name) => !question.lost_robots.includes(name));
  return { ...answer, after: { ...answer.after, left_out: noted } };
}

/** Try a change in thought: close places, lose robots, add lots; see when all would be done. */
export default function WhatIfPage() {
  const texts = useOwnTexts();
  const { t } = texts;
  const site = useSite();
  const names = useLive((s) => s.panel?.robots.map((r) => r.name).join() ?? "");
  const [closed, setClosed] = useState<string[]>([]);
  const [lost, setLost] = useState<string[]>([]);
  const [count, setCount] = useState<number>(0);
  const [pick, setPick] = useState<string | null>(null);
  const [drop, setDrop] = useState<string | null>(null);
  const [answer, setAnswer] = useState<WhatIfAnswer | null>(null);
  const run = useCommand(withoutChosen, setAnswer);
  const places = (site?.places ?? []).map((p) => ({ value: p.id, label: texts.place(p.id, site) }));
  const lots = count > 0 && pick !== null && drop !== null ? [{ count, pick_place: pick, drop_place: drop }] : [];
  const nothing = closed.length + lost.length + lots.length === 0;
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("whatif.title")}</h2>
        </div>
        <p className="lead">{t("whatif.about")}</p>
        <section className="card whatif-form">
          <MultiSelect label={t("whatif.closed")} data={places} value={closed} onChange={setClosed} searchable clearable data-testid="whatif-closed" />
          <MultiSelect
            label={t("whatif.lost")}
            data={names === "" ? [] : names.split(",").map((name) => ({ value: name, label: robotLabel(name) }))}
            value={lost}
            onChange={setLost}
            searchable
            clearable
          />
          <fieldset className="lots">
            <legend>{t("whatif.lots")}</legend>
            <NumberInput label={t("whatif.count")} value={count} min={0} max={100} onChange={(v) => setCount(Number(v) || 0)} />
            <Select label={t("new.pick")} data={places} value={pick} onChange={setPick} searchable />
            <Select label={t("new.drop")} data={places} value={drop} onChange={setDrop} searchable />
          </fieldset>
          <div className="button-row">
            <Button disabled={nothing} loading={run.isPending} onClick={() => run.mutate({ closed_places: closed, lost_robots: lost, resting_robots: [], new_lots: lots, paused_robots: [], cancelled_orders: [], zones: [] })}>
              {t("whatif.run")}
            </Button>
            <span className="row-dim">{run.isPending ? t("whatif.running") : nothing ? t("whatif.nothing") : ""}</span>
          </div>
        </section>
        {answer !== null && <Answer answer={answer} />}
      </div>
    </main>
  );
}
