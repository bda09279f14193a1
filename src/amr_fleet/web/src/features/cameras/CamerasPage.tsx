import "./styles.css";

import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { asApiError } from "../../shared/api/request";
import type { CameraView } from "../../shared/api/types";
import { useLive } from "../../shared/live/live";
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
  const query = useQuery({ queryKey: ["cameras"], queryFn: camerasApi.cameras, staleTime: Infinity });
  const shown = new Map(useLive((s) => s.panel?.cameras ?? []).map((camera) => [camera.id, camera as CameraView]));
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
        <div className="camera-grid">
          {wanted.map(({ info, view }) => (
            <Tile key={info.id} info={info} view={view} />
          ))}
        </div>
      </div>
    </main>
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
