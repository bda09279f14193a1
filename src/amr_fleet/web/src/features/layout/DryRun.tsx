import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import type { LayoutFigures, LayoutTried } from "../../shared/api/types";
import { Refusal } from "../../shared/ui/Refusal";
import { layoutApi } from "./api";
import { useLayoutTexts } from "./own_texts";
import type { Parts } from "./parts";

/** The fleet's engine on the running site and on the draft, in thought, with the same orders. */
export function DryRun({ parts, errors }: { parts: Parts; errors: number }) {
  const { t } = useLayoutTexts();
  const run = useMutation({ mutationFn: layoutApi.try });
  const fresh = run.variables === parts;
  return (
    <div data-testid="layout-try">
      <p className="row-dim">{t("layout.try_about")}</p>
      <Button size="xs" disabled={errors > 0} loading={run.isPending} onClick={() => run.mutate(parts)}>
        {t("layout.try_run")}
      </Button>
      {errors > 0 && <p className="text-amber">{t("layout.try_errors", { count: errors })}</p>}
      <Refusal error={run.error} />
      {run.data !== undefined && !fresh && <p className="text-amber">{t("layout.try_old")}</p>}
      {run.data !== undefined && <Figures tried={run.data} />}
    </div>
  );
}

function Figures({ tried }: { tried: LayoutTried }) {
  const { t, num, age } = useLayoutTexts();
  const rows: [string, (f: LayoutFigures) => string][] = [
    [t("layout.per_hour"), (f) => num(f.per_hour, 1)],
    [t("layout.delivered"), (f) => t("layout.of", { done: f.done, orders: f.orders })],
    [t("layout.service"), (f) => (f.done === 0 ? "–" : age(f.service_mean))],
    [t("layout.waiting"), (f) => `${num(100 * f.waiting, 1)} %`],
    [t("layout.deadlocks"), (f) => String(f.deadlocks)],
    [t("layout.collisions"), (f) => String(f.collisions)],
  ];
  const { before, after } = tried;
  return (
    <>
      <table className="layout-figures">
        <thead>
          <tr>
            <td />
            <th scope="col">{t("layout.running")}</th>
            <th scope="col">{t("layout.draft")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, of]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{of(before)}</td>
              <td>{of(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!tried.same_mix && <p className="text-amber">{t("layout.try_own_mix")}</p>}
      <p>{t("layout.reached", { count: tried.stations })}</p>
      <p className={tried.complete ? "row-dim" : "text-amber"}>{t(tried.complete ? "layout.tried_all" : "layout.tried_part", { minutes: num(tried.simulated_s / 60), of: num(tried.horizon_s / 60), rate: num(tried.orders_per_hour), robots: after.robots })}</p>
    </>
  );
}
