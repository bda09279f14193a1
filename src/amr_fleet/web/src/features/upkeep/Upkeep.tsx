import "./styles.css";

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useMay, useMayOperate } from "../../shared/session/me";
import { type UpkeepLimits, type WorkOrder, upkeepApi } from "./api";
import { stillOpen } from "./judge";
import { useOwnTexts } from "./own_texts";
import { ChangeWorkOrder, CloseWorkOrder, NewWorkOrder } from "./WorkOrderForms";
import { useWhen } from "./when";
import { useWhat, WorkOrderLine } from "./WorkOrderLine";

const SHOWN_CLOSED = 10;
type Asked = { kind: "new" } | { kind: "change" | "close"; one: WorkOrder } | null;

/** A robot's maintenance work orders: open ones with who does them by when, and what was done before. */
export default function Upkeep({ robot }: { robot: string }) {
  const { t } = useOwnTexts();
  const operator = useMayOperate();
  const engineer = useMay("engineer");
  const [asked, setAsked] = useState<Asked>(null);
  const query = useQuery({ queryKey: ["work-orders", robot], queryFn: () => upkeepApi.list(robot), refetchInterval: 10_000 });
  if (query.data === undefined) return null;
  const { t: now, work_orders: all, limits } = query.data;
  const open = stillOpen(all, now);
  const close = (): void => setAsked(null);
  return (
    <section className="card" data-testid="robot-upkeep">
      <div className="card-head">
        <h3>{t("upkeep.title")}</h3>
        {operator && (
          <Button variant="default" onClick={() => setAsked({ kind: "new" })}>
            {t("upkeep.add")}
          </Button>
        )}
      </div>
      {open.length === 0 && <p className="empty">{t("upkeep.none")}</p>}
      <ul className="upkeep-list">
        {open.map((one) => (
          <WorkOrderLine key={one.work_id} one={one} now={now}>
            {engineer && (
              <div className="button-row">
                <Button variant="default" onClick={() => setAsked({ kind: "close", one })}>
                  {t("upkeep.finish")}
                </Button>
                <Button variant="default" onClick={() => setAsked({ kind: "change", one })}>
                  {t("upkeep.change")}
                </Button>
              </div>
            )}
          </WorkOrderLine>
        ))}
      </ul>
      <Limits limits={limits} />
      <Closed all={all.filter((one) => one.outcome !== "")} now={now} />
      {asked?.kind === "new" && <NewWorkOrder robot={robot} close={close} />}
      {asked?.kind === "change" && <ChangeWorkOrder one={asked.one} now={now} close={close} />}
      {asked?.kind === "close" && <CloseWorkOrder one={asked.one} close={close} />}
    </section>
  );
}

/** When a work order opens by itself, and whether these are only the defaults. */
function Limits({ limits }: { limits: UpkeepLimits }) {
  const { t, num } = useOwnTexts();
  const said = (["km", "lifts", "hours", "safety_days"] as const).filter((name) => limits[name] > 0).map((name) => t(`upkeep.limit.${name}`, { amount: num(limits[name]) }));
  return (
    <p className="row-dim" data-testid="upkeep-limits">
      {said.length === 0 ? t("upkeep.limit_none") : t("upkeep.limit", { when: said.join(", "), days: num(limits.due_days) })} {!limits.own && <span className="text-amber">{t("upkeep.limit_guess")}</span>}
    </p>
  );
}

function Closed({ all, now }: { all: WorkOrder[]; now: number }) {
  const { t } = useOwnTexts();
  const { at } = useWhen();
  const what = useWhat();
  if (all.length === 0) return null;
  return (
    <details className="upkeep-closed">
      <summary>{t("upkeep.history", { count: all.length })}</summary>
      <ul className="upkeep-list">
        {all.slice(0, SHOWN_CLOSED).map((one) => (
          <li key={one.work_id} className="upkeep-says">
            <span>{what(one)}</span>
            <span>{one.note}</span>
            <span className="row-dim">
              {one.work_id} · {t(one.outcome === "done" ? "upkeep.done_by" : "upkeep.dropped_by", { user: one.closed_by, time: at(one.closed, now) })}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
