import { Button, Select, TextInput } from "@mantine/core";

import { NumberField } from "../../shared/ui/NumberField";
import { type Criterion, faultOf, type Goal, KPIS, MOST_ROWS, nextCriterion, OPERATORS, SIGNS } from "./aim_rows";
import type { Fields } from "./new_record";
import { useOwnTexts } from "./own_texts";

interface Props {
  fields: Fields;
  change: (part: Partial<Fields>) => void;
}

/** Goals and success criteria of a trial: what a draft may lack, and a submitted record may not. */
export function Aims({ fields, change }: Props) {
  const { t } = useOwnTexts();
  const fault = faultOf(fields.goals, fields.criteria);
  return (
    <div data-testid="aims">
      <Goals goals={fields.goals} change={(goals) => change({ goals })} />
      <Criteria criteria={fields.criteria} change={(criteria) => change({ criteria })} />
      {fault !== null && <p className="text-amber" role="status">{t(`aims.${fault.fault}`, { number: fault.number })}</p>}
    </div>
  );
}

function Goals({ goals, change }: { goals: Goal[] | null; change: (goals: Goal[]) => void }) {
  const { t } = useOwnTexts();
  if (goals === null) return <Kept name={t("sandbox.goals")} />;
  const set = (i: number, part: Partial<Goal>): void => change(goals.map((goal, k) => (k === i ? { ...goal, ...part } : goal)));
  return (
    <fieldset className="plan-rows">
      <legend>{t("sandbox.goals")}</legend>
      {goals.map((goal, i) => (
        <div className="plan-row" key={i}>
          <TextInput label={t("aims.goal", { number: i + 1 })} value={goal.vi} maxLength={200} onChange={(e) => set(i, { vi: e.currentTarget.value })} />
          <TextInput label={t("aims.english")} value={goal.en} maxLength={200} onChange={(e) => set(i, { en: e.currentTarget.value })} />
          <Remove name={t("aims.goal", { number: i + 1 })} onClick={() => change(goals.filter((_, k) => k !== i))} />
        </div>
      ))}
      <Button variant="default" disabled={goals.length >= MOST_ROWS} onClick={() => change([...goals, { vi: "", en: "" }])}>
        {t("aims.add_goal")}
      </Button>
    </fieldset>
  );
}

function Criteria({ criteria, change }: { criteria: Criterion[] | null; change: (criteria: Criterion[]) => void }) {
  const { t } = useOwnTexts();
  if (criteria === null) return <Kept name={t("aims.criteria")} />;
  const set = (i: number, part: Partial<Criterion>): void => change(criteria.map((one, k) => (k === i ? { ...one, ...part } : one)));
  return (
    <fieldset className="plan-rows">
      <legend>{t("aims.criteria")}</legend>
      {criteria.map((one, i) => (
        <div className="plan-row" key={i}>
          <TextInput className="plan-short" label={t("aims.id")} value={one.id} maxLength={64} onChange={(e) => set(i, { id: e.currentTarget.value })} />
          <TextInput label={t("aims.criterion", { number: i + 1 })} value={one.vi} maxLength={200} onChange={(e) => set(i, { vi: e.currentTarget.value })} />
          <TextInput label={t("aims.english")} value={one.en} maxLength={200} onChange={(e) => set(i, { en: e.currentTarget.value })} />
          <Select label={t("aims.kpi")} value={one.kpi === "" ? null : one.kpi} data={figures(one.kpi, t)} clearable onChange={(kpi) => set(i, { kpi: kpi ?? "" })} />
          <Select className="plan-short" label={t("aims.operator")} value={one.operator} data={OPERATORS.map((value) => ({ value, label: SIGNS[value] }))} allowDeselect={false} onChange={(operator) => operator !== null && set(i, { operator: operator })} />
          <NumberField className="plan-short" label={t("aims.target")} value={one.target} decimalScale={3} otherwise={0} onChange={(target) => set(i, { target })} />
          <Remove name={t("aims.criterion", { number: i + 1 })} onClick={() => change(criteria.filter((_, k) => k !== i))} />
        </div>
      ))}
      <Button variant="default" disabled={criteria.length >= MOST_ROWS} onClick={() => change([...criteria, nextCriterion(criteria)])}>
        {t("aims.add_criterion")}
      </Button>
    </fieldset>
  );
}

type Say = ReturnType<typeof useOwnTexts>["t"];

/** The figures to choose from; one that only the file knows stays as it is written there. */
function figures(now: string, t: Say): { value: string; label: string }[] {
  const known = KPIS.map((value) => ({ value: value, label: t(`aims.kpi.${value}`) }));
  return now === "" || known.some((one) => one.value === now) ? known : [...known, { value: now, label: now }];
}

function Kept({ name }: { name: string }) {
  const { t } = useOwnTexts();
  return <p className="text-amber">{t("aims.kept", { name })}</p>;
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
  const { t } = useOwnTexts();
  return (
    <button type="button" className="small" onClick={onClick} aria-label={`${t("plan.remove")}: ${name}`}>
      {t("plan.remove")}
    </button>
  );
}
