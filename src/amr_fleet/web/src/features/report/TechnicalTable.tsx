import { useTexts } from "../../shared/i18n/texts";
import type { Report, Spread } from "./api";
import { useWords, type Word } from "./hooks";

/** Stops, docking, links, cameras and loads; definitions are in docs/kpis.md. */
export function TechnicalTable({ report }: { report: Report }) {
  const { age, num } = useTexts();
  const w = useWords();
  const f = report.technical;
  const pair = (s: Spread, scale: number, unit: string): string =>
    s.mean === null || s.p95 === null ? "–" : `${num(s.mean * scale, 1)} / ${num(s.p95 * scale, 1)} ${unit}`;
  const within = (s: Spread): string => (s.p95 === null ? "" : ` (${w("report.within", { age: age(s.p95) })})`);
  const rows: [Word, string][] = [
    ["report.protective_stops", num(f.protective_stops)],
    ["report.emergency_stops", num(f.emergency_stops)],
    ["report.halts", num(f.halts)],
    ["report.off", pair(f.off, 1000, "mm")],
    ["report.turn", pair(f.turn, 1, "°")],
    ["report.links", num(f.links.n) + within(f.links)],
    ["report.state_age", f.state_age_p99 === null ? "–" : `≤ ${num(f.state_age_p99, 1)} s`],
    ["report.camera_zones", num(f.camera_zones.n) + within(f.camera_zones)],
    ["report.wrong_loads", `${num(f.wrong_loads)} / ${num(f.labels_read)}`],
    ["report.energy", report.wh_per_order === null ? "–" : `${num(report.wh_per_order)} Wh`],
  ];
  return (
    <table className="table" data-testid="report-technical">
      <tbody>
        {rows.map(([key, value]) => (
          <tr key={key}>
            <td>{w(key)}</td>
            <td className="num">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
