import { FileInput } from "@mantine/core";
import { useState } from "react";

import { NumberField } from "../../shared/ui/NumberField";
import { type Draft, lensOf } from "./draft";
import { useSetupTexts } from "./own_texts";

/** Where the camera hangs, and its lens from a file or the width of its view. */
export function PlaceAndLens({ draft, change }: { draft: Draft; change: (draft: Draft) => void }) {
  const s = useSetupTexts();
  const [wrong, setWrong] = useState(false);
  const read = async (file: File | null): Promise<void> => {
    const lens = file === null || file.size > 64 * 1024 ? null : lensOf(await file.text());
    setWrong(file !== null && lens === null);
    change({ ...draft, lens });
  };
  return (
    <section className="card">
      <h3>{s("step_place")}</h3>
      <p className="row-dim">{s("place_about")}</p>
      <div className="setup-fields">
        {(["x", "y", "height"] as const).map((name) => (
          <NumberField key={name} label={s(name)} value={draft[name]} otherwise={0} decimalScale={2} onChange={(value) => change({ ...draft, [name]: value })} />
        ))}
        <NumberField label={s("field")} value={draft.field} otherwise={0} mayBeEmpty min={0} max={169} disabled={draft.lens !== null} onChange={(field) => change({ ...draft, field })} />
      </div>
      <FileInput label={s("lens")} accept="application/json,.json" error={wrong ? s("lens_none") : undefined} onChange={(file) => void read(file)} />
      {draft.lens !== null && (
        <p>
          {s("lens_used", { width: draft.lens.size[0], height: draft.lens.size[1] })}{" "}
          <button type="button" className="small" onClick={() => change({ ...draft, lens: null })}>
            {s("lens_drop")}
          </button>
        </p>
      )}
    </section>
  );
}
