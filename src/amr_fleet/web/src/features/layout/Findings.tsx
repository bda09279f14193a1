import type { Fact, LayoutFinding } from "../../shared/api/types";
import { Refusal } from "../../shared/ui/Refusal";
import { isLayoutKey, type LayoutKey, type LayoutTexts, useLayoutTexts } from "./own_texts";
import type { Check } from "./useCheck";

/** Values whose field on the page has another name than in the site file. */
const FIELDS: Readonly<Record<string, LayoutKey>> = {
  points: "layout.corners", route: "layout.corners", polygon: "layout.corners", max_speed: "layout.speed", speed: "layout.speed", width: "layout.width", thickness: "layout.thickness",
  height: "layout.height", capacity: "layout.capacity", marker: "layout.marker", stations: "layout.station", id: "layout.name", name: "layout.name", pause: "layout.pause", ready_s: "layout.ready_s",
  open_s: "layout.open_s", base_per_hour: "layout.base_per_hour", peak_per_hour: "layout.peak_per_hour", share: "layout.flow_share", mix: "layout.flow", size_x: "layout.size_x", size_y: "layout.size_y",
};

/** What the lint finds, errors first; a press goes to the object. */
export function Findings({ check, show }: { check: Check; show: (finding: LayoutFinding) => void }) {
  const texts = useLayoutTexts();
  const { t } = texts;
  const findings = check.judged?.findings ?? [];
  return (
    <div data-testid="layout-findings" aria-busy={check.running}>
      <p className="row-dim" role="status">
        {check.running ? t("layout.checking") : findings.length === 0 ? t("layout.fine") : ""}
      </p>
      <Refusal error={check.error} />
      {(check.judged?.findings_left_out ?? 0) > 0 && <p className="text-amber">{t("layout.findings_cut", { shown: findings.length, more: check.judged?.findings_left_out ?? 0 })}</p>}
      <ul className="layout-list">
        {findings.map((finding, k) => (
          <li key={k}>
            <button type="button" className="layout-finding" onClick={() => show(finding)}>
              <span className={finding.severity === "error" ? "text-red" : "text-amber"}>{finding.severity === "error" ? t("layout.error") : t("layout.warning")}</span> {sentence(finding, texts)}
              {finding.line > 0 && <span className="row-dim">{` · ${t("layout.line", { line: finding.line })}`}</span>}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function sentence({ code, facts, section, id }: LayoutFinding, { t, num }: LayoutTexts): string {
  const shown = Object.fromEntries(Object.entries(facts).map(([name, value]): [string, Fact] => [name, typeof value === "number" && !Number.isInteger(value) ? num(value, 2) : value]));
  // What the lint says in words of its own: the kind of an object or of a place, a reason.
  for (const [name, value] of Object.entries(facts)) {
    const word = name === "what" ? `find.what.${String(value)}` : name === "kind" || name === "pick" || name === "drop" ? `layout.place.${String(value)}` : "";
    if (isLayoutKey(word)) shown[name] = t(word);
  }
  const why = `find.why.${String(facts.why)}`;
  if (isLayoutKey(why)) shown[facts.why === "own_edge" ? "obstacle" : "reason"] = t(why, shown);
  if (code === "site.schema") {
    const kind = `find.schema.${String(facts.kind)}`;
    const field = String(facts.field);
    const label = FIELDS[field];
    const named = section === "demand" ? id.split(" ").map((kind) => (isLayoutKey(`layout.place.${kind}`) ? t(`layout.place.${kind}` as LayoutKey) : kind)).join(" → ") : id;
    const what = section === "" ? String(facts.where) : `${t(`layout.${section}`)} ${named}`.trim() + `, ${label === undefined ? field : t(label)}`;
    return `${what}: ${isLayoutKey(kind) ? t(kind, shown) : String(facts.reason)}`;
  }
  const key = `find.${code}`;
  return isLayoutKey(key) ? t(key, shown) : code;
}
