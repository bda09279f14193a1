import { Button, NativeSelect, TextInput } from "@mantine/core";

import { NumberField } from "../../shared/ui/NumberField";
import { type Draft, withArea, withChangedArea, withoutArea, withoutCorner } from "./draft";
import { useSetupTexts } from "./own_texts";

interface Props {
  draft: Draft;
  change: (draft: Draft) => void;
  drawing: number | null;
  draw: (area: number | null) => void;
}

/** The areas of the camera's own: what robots do in them, and which one is being drawn. */
export function AreaList({ draft, change, drawing, draw }: Props) {
  const s = useSetupTexts();
  return (
    <section className="card">
      <h3>{s("step_areas")}</h3>
      <p className="row-dim">{s("areas_about")}</p>
      {draft.areas.length === 0 && <p className="empty">{s("no_areas")}</p>}
      {draft.areas.map((area, k) => (
        <div key={k} className="setup-area-row" data-testid={`setup-area-${k + 1}`}>
          <TextInput label={s("area_name", { area: k + 1 })} value={area.id} maxLength={32} onChange={(event) => change(withChangedArea(draft, k, { id: event.currentTarget.value.replace(/[^A-Za-z0-9_-]/g, "") }))} />
          <NativeSelect
            label={s("action")}
            value={area.action}
            data={[
              { value: "hold", label: s("hold") },
              { value: "slow", label: s("slow") },
            ]}
            onChange={(event) => change(withChangedArea(draft, k, { action: event.currentTarget.value === "slow" ? "slow" : "hold" }))}
          />
          {area.action === "slow" && <NumberField label={s("speed")} value={area.speed} otherwise={0.5} min={0.1} max={2} step={0.1} decimalScale={2} onChange={(speed) => change(withChangedArea(draft, k, { speed }))} />}
          <div className="setup-buttons">
            <button type="button" className="small" aria-pressed={drawing === k} onClick={() => draw(drawing === k ? null : k)}>
              {drawing === k ? s("drawing", { area: area.id }) : s("draw", { area: area.id })}
            </button>
            <button type="button" className="small" disabled={area.polygon.length === 0} onClick={() => change(withoutCorner(draft, k))}>
              {s("undo_corner")}
            </button>
            <button
              type="button"
              className="small"
              onClick={() => {
                draw(null);
                change(withoutArea(draft, k));
              }}
            >
              {s("remove", { what: area.id })}
            </button>
          </div>
        </div>
      ))}
      <Button
        variant="default"
        onClick={() => {
          change(withArea(draft));
          draw(draft.areas.length);
        }}
      >
        {s("add_area")}
      </Button>
    </section>
  );
}
