import { NativeSelect } from "@mantine/core";

import type { LayoutFinding } from "../../shared/api/types";
import { NumberField } from "../../shared/ui/NumberField";
import { type Flow, flowId, ordersOf, withDemand, withFlow, withNewFlow, withoutFlow } from "./movers";
import { useLayoutTexts } from "./own_texts";
import { PLACE_KINDS, type Parts } from "./parts";
import { useLayout } from "./state";

/** Orders an hour and from where to where they go: what a dry run, `amr study` and the demonstration ask of the site. */
export function DemandTable({ parts, findings, readOnly }: { parts: Parts; findings: readonly LayoutFinding[]; readOnly: boolean }) {
  const { t } = useLayoutTexts();
  const { edit } = useLayout.getState();
  const { demand } = parts;
  const wrong = new Set(findings.filter((finding) => finding.section === "demand").map((finding) => finding.id));
  const counted = ordersOf(demand, demand.peak_per_hour);
  return (
    <fieldset className="layout-demand" data-testid="layout-demand" disabled={readOnly}>
      <legend className="row-dim">{t("layout.demand_about")}</legend>
      <div className="layout-fields">
        {(["base_per_hour", "peak_per_hour"] as const).map((name) => (
          <NumberField key={name} label={t(`layout.${name}`)} value={demand[name]} otherwise={0} min={0} max={10000} decimalScale={1} onChange={(value) => edit(withDemand(parts, { [name]: value }), `demand ${name}`)} />
        ))}
      </div>
      <table className="layout-figures">
        <thead>
          <tr>
            {(["flow", "flow_share", "flow_orders"] as const).map((name) => (
              <th key={name} scope="col">
                {t(`layout.${name}`)}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {demand.mix.map((flow, k) => (
            <FlowRow key={k} parts={parts} flow={flow} at={k} orders={counted[k] ?? 0} wrong={wrong.has(flowId(flow))} last={demand.mix.length === 1} />
          ))}
        </tbody>
      </table>
      <button type="button" className="small" onClick={() => edit(withNewFlow(parts))}>
        {t("layout.add_flow")}
      </button>
    </fieldset>
  );
}

interface RowProps {
  parts: Parts;
  flow: Flow;
  at: number;
  orders: number;
  wrong: boolean;
  last: boolean;
}

function FlowRow({ parts, flow, at, orders, wrong, last }: RowProps) {
  const { t, num } = useLayoutTexts();
  const { edit } = useLayout.getState();
  const number = at + 1;
  const kinds = PLACE_KINDS.map((value) => ({ value, label: t(`layout.place.${value}`) }));
  const end = (name: "pick" | "drop", value: string): void => edit(withFlow(parts, at, { [name]: PLACE_KINDS.find((kind) => kind === value) ?? flow[name] }));
  return (
    <tr className={wrong ? "layout-wrong-row" : undefined}>
      <td className="layout-flow">
        <NativeSelect size="xs" aria-label={t("layout.flow_pick_of", { number })} value={flow.pick} data={kinds} onChange={(event) => end("pick", event.currentTarget.value)} />
        <NativeSelect size="xs" aria-label={t("layout.flow_drop_of", { number })} value={flow.drop} data={kinds} onChange={(event) => end("drop", event.currentTarget.value)} />
      </td>
      <td>
        <NumberField size="xs" aria-label={t("layout.flow_share_of", { number })} value={flow.share} otherwise={0} min={0} max={1000} step={0.05} decimalScale={3} onChange={(share) => edit(withFlow(parts, at, { share }), `flow ${at}`)} />
      </td>
      <td>{num(orders, 1)}</td>
      <td>
        <button type="button" className="small" disabled={last} aria-label={t("layout.remove_flow", { number })} onClick={() => edit(withoutFlow(parts, at))}>
          {t("layout.remove")}
        </button>
      </td>
    </tr>
  );
}
