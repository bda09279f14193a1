import { useState } from "react";

import { address } from "../../shared/api/request";
import { useMay, useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { flightsApi } from "./api";
import { useFlightCommand } from "./hooks";
import { useOwnTexts } from "./own_texts";

/** A picture of a flight, or one sentence that says why there is none to be seen. name: of its point or cell; label: that, with where and when. */
export function Picture({ name, photo, refused, flying, label }: { name: string; photo: string; refused: string; flying: boolean; label: string }) {
  const { t } = useOwnTexts();
  const operates = useMayOperate();
  const engineer = useMay("engineer");
  const [gone, setGone] = useState(false);
  const remove = useFlightCommand(
    () => flightsApi.removePhoto(photo),
    () => setGone(true),
  );
  const confirm = async (): Promise<void> => {
    if (await ask({ title: `${t("flights.picture_remove")}?`, body: t("flights.picture_remove_body"), confirm: t("flights.picture_remove") })) remove.mutate(undefined);
  };
  if (photo === "") return <p className={`flights-blank${flying ? "" : " text-amber"}`}>{t(refused !== "" ? "flights.picture_refused" : flying ? "flights.picture_comes" : "flights.picture_none")}</p>;
  if (!operates) return <p className="flights-blank">{t("flights.picture_rights")}</p>;
  if (gone) return <p className="flights-blank">{t("flights.picture_gone")}</p>;
  const src = address("/api/v1/photos/{photo}", { path: { photo } });
  return (
    <>
      <a href={src} target="_blank" rel="noreferrer">
        <img src={src} alt={t("flights.picture_alt", { label })} width={640} height={480} loading="lazy" onError={() => setGone(true)} />
      </a>
      {engineer && (
        <button type="button" className="small" disabled={remove.isPending} aria-label={`${t("flights.picture_remove")} ${name}`} onClick={() => void confirm()}>
          {t("flights.picture_remove")}
        </button>
      )}
    </>
  );
}
