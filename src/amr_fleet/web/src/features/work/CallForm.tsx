import { useState } from "react";

import { useTexts } from "../../shared/i18n/texts";
import { serverTime } from "./last";
import { add, flush } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { usePlaces } from "./places";
import { Scan } from "./Scan";

/** Call a robot to where one stands: where it takes the load, and which load it is. */
export function CallForm({ user, place, close }: { user: string; place: string; close: () => void }) {
  const t = useWorkTexts();
  const { lang } = useTexts();
  const { all } = usePlaces();
  const [to, setTo] = useState("");
  const [load, setLoad] = useState("");
  const [sending, setSending] = useState(false);
  const send = (): void => {
    if (to === "") return;
    setSending(true);
    const at = serverTime();
    void add({ user, at, call: { place, to_place: to, load_id: load.trim(), at }, photos: [] }).then(() => {
      close();
      return flush(user);
    });
  };
  return (
    <form
      className="work-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h2>{t("call")}</h2>
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
      <div className="work-buttons">
        <button type="submit" className="work-button work-strong" disabled={to === "" || sending}>
          {t("call_send")}
        </button>
        <button type="button" className="work-button" onClick={close}>
          {t("form.back")}
        </button>
      </div>
    </form>
  );
}
