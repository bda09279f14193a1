import { useState } from "react";

import { useTexts } from "../../shared/i18n/texts";
import { loadNumber } from "./codes";
import { useWorkTexts } from "./own_texts";
import { usePlaces } from "./places";
import { Scan } from "./Scan";
import { WorkForm } from "./WorkForm";

/** Call a robot to where one stands: where it takes the load, and which load it is. */
export function CallForm({ user, place, close }: { user: string; place: string; close: () => void }) {
  const t = useWorkTexts();
  const { lang } = useTexts();
  const { all } = usePlaces();
  const [to, setTo] = useState("");
  const [load, setLoad] = useState("");
  return (
    <WorkForm
      title={t("call")}
      label={t("call_send")}
      ready={to !== ""}
      item={(at) => ({ call: { place, to_place: to, load_id: loadNumber(load), at }, photos: [] })}
      user={user}
      close={close}
    >
      <label className="work-text">
        <span>{t("call_to")}</span>
        <select value={to} onChange={(event) => setTo(event.currentTarget.value)}>
          <option value="">{t("call_choose")}</option>
          {all
            .filter((other) => other.id !== place)
            .map((other) => (
              <option key={other.id} value={other.id}>
                {lang === "vi" ? other.name_vi : other.name_en}
              </option>
            ))}
        </select>
      </label>
      <Scan label={t("call_load")} value={load} set={setLoad} />
    </WorkForm>
  );
}
