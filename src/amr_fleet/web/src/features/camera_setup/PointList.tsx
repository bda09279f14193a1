import { useTexts } from "../../shared/i18n/texts";
import { NumberField } from "../../shared/ui/NumberField";
import { type Draft, withChangedPoint, withoutPoint } from "./draft";
import { useSetupTexts } from "./own_texts";

interface Props {
  draft: Draft;
  change: (draft: Draft) => void;
  residuals: readonly number[];
  chosen: number | null;
  choose: (point: number | null) => void;
}

/** The points of the floor: pixel, place, and how far each is off. */
export function PointList({ draft, change, residuals, chosen, choose }: Props) {
  const s = useSetupTexts();
  const { num } = useTexts();
  return (
    <section className="card">
      <h3>{s("step_points")}</h3>
      <p className="row-dim">{s("points_about")}</p>
      {draft.points.length === 0 && <p className="empty">{s("no_points")}</p>}
      {draft.points.length > 0 && (
        <table className="table setup-points">
          <thead>
            <tr>
              <th>{s("point")}</th>
              <th>u (px)</th>
              <th>v (px)</th>
              <th>{s("x")}</th>
              <th>{s("y")}</th>
              <th className="num">{s("error")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {draft.points.map((point, k) => (
              <tr key={k} className={k === chosen ? "setup-row" : ""} data-testid={`setup-point-${k + 1}`}>
                <td>
                  <button type="button" className="small" aria-pressed={k === chosen} aria-label={s("choose_point", { point: k + 1 })} onClick={() => choose(k === chosen ? null : k)}>
                    {k + 1}
                  </button>
                </td>
                {(["u", "v", "x", "y"] as const).map((name) => (
                  <td key={name}>
                    <NumberField aria-label={`${s("point")} ${k + 1} ${name}`} value={point[name]} otherwise={0} decimalScale={name === "u" || name === "v" ? 1 : 3} hideControls onChange={(value) => change(withChangedPoint(draft, k, { [name]: value }))} />
                  </td>
                ))}
                <td className={`num ${(residuals[k] ?? 0) > 0.06 ? "text-amber" : ""}`}>{residuals[k] === undefined ? "–" : `${num(100 * residuals[k], 1)} cm`}</td>
                <td>
                  <button
                    type="button"
                    className="small"
                    aria-label={s("remove", { what: `${s("point")} ${k + 1}` })}
                    onClick={() => {
                      choose(null);
                      change(withoutPoint(draft, k));
                    }}
                  >
                    ×
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
