import "./styles.css";

import { Button, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { asApiError } from "../../shared/api/request";
import type { CameraView } from "../../shared/api/types";
import { useLive } from "../../shared/live/live";
import { useMay } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { type CameraInfo, camerasApi } from "./api";
import { useOwnTexts } from "./own_texts";
import { Picture, sentence } from "./Picture";
import { useBlindness } from "./words";

const NEVER: CameraView = { t: null, seeing: false, blind: "", reason: "", since: 0, size: null, detections: [], frame_age: null };

/** Where the cameras hang comes once, what they see with every snapshot. */
export default function CamerasPage() {
  const { t, code } = useOwnTexts();
  const [busy, setBusy] = useState(false);
  const engineer = useMay("engineer");
  const query = useQuery({ queryKey: ["cameras"], queryFn: camerasApi.cameras, staleTime: Infinity });
  const live = useLive((s) => s.panel?.cameras);
  const shown = new Map((live ?? []).map((camera) => [camera.id, camera as CameraView]));
  const error = query.error === null ? null : asApiError(query.error);
  const cameras = (query.data?.cameras ?? []).map((info) => ({ info, view: shown.get(info.id) ?? NEVER }));
  const wanted = cameras.filter(({ view }) => !busy || view.detections.some((d) => d.kind !== "load"));
  const seeing = cameras.filter(({ view }) => view.seeing).length;
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.cameras")}</h2>
          <Switch label={t("camera.only_busy")} checked={busy} onChange={(e) => setBusy(e.currentTarget.checked)} />
        </div>
        <p className="lead">{t("camera.about")}</p>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data?.cameras.length === 0 && <p className="card empty">{t("camera.none")}</p>}
        {cameras.length > 0 && seeing === 0 && <p className="card empty block">{t("camera.all_off")}</p>}
        {cameras.length > 0 && seeing > 0 && <p className="row-dim">{t("camera.count", { seeing, all: cameras.length })}</p>}
        {engineer && <NewCamera />}
        <div className="camera-grid">
          {wanted.map(({ info, view }) => (
            <Tile key={info.id} info={info} view={view} />
          ))}
        </div>
      </div>
    </main>
  );
}

const ID = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

/** A camera that the site does not know yet begins with its id: the one in its topic. */
function NewCamera() {
  const { t } = useOwnTexts();
  const [, go] = useLocation();
  const [id, setId] = useState("");
  return (
    <form
      className="camera-new"
      onSubmit={(event) => {
        event.preventDefault();
        if (ID.test(id)) go(`/cameras/${id}/setup`);
      }}
    >
      <TextInput aria-label={t("camera.new_id")} placeholder={t("camera.new_id")} value={id} maxLength={32} onChange={(event) => setId(event.currentTarget.value)} />
      <Button type="submit" variant="default" disabled={!ID.test(id)}>
        {t("camera.new")}
      </Button>
    </form>
  );
}

function Tile({ info, view }: { info: CameraInfo; view: CameraView }) {
  const texts = useOwnTexts();
  const { short } = useBlindness();
  const [, go] = useLocation();
  const lookAt = useFocus((s) => s.lookAt);
  const show = (): void => {
    go("/");
    window.setTimeout(() => lookAt(info.looks_at), 100); // the map must be there to move
  };
  return (
    <section className="card camera-tile" data-testid={`camera-${info.id}`}>
      <div className="camera-head">
        <b>
          <Link href={`/cameras/${encodeURIComponent(info.id)}`} title={texts.t("camera.open")}>
            {info.id}
          </Link>
        </b>
        <span className={view.seeing ? "" : "text-amber"}>{view.reason === "" ? sentence(view, texts) : short(view.reason)}</span>
        <button type="button" className="small" aria-label={`${texts.t("todo.show_map")} ${info.id}`} onClick={show}>
          {texts.t("todo.show_map")}
        </button>
      </div>
      <Picture id={info.id} view={view} />
    </section>
  );
}
