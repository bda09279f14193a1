import "./styles.css";

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "wouter";

import { asApiError } from "../../shared/api/request";
import type { CameraState, CameraView } from "../../shared/api/types";
import { useLive } from "../../shared/live/live";
import { useMay } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { Fact } from "../../shared/ui/Fact";
import { camerasApi } from "./api";
import { CameraMap } from "./CameraMap";
import { recall, sharpShare } from "./health";
import { History } from "./History";
import { Held } from "./Held";
import { useOwnTexts } from "./own_texts";
import { Picture } from "./Picture";
import { useBlindness } from "./words";

const LOOK_MS = 2000;

/** One camera: how it is, since when and what to do; what it guards and holds; how it was. */
export default function CameraPage() {
  const { camera: id = "" } = useParams<{ camera: string }>();
  const { t, code } = useOwnTexts();
  const query = useQuery({ queryKey: ["camera", id], queryFn: () => camerasApi.camera(id), refetchInterval: LOOK_MS });
  const live = useLive((s) => s.panel?.cameras.find((camera) => camera.id === id));
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/cameras">{t("nav.cameras")}</Link>
        </p>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && <Detail camera={query.data} view={live ?? query.data} />}
      </div>
    </main>
  );
}

function Detail({ camera, view }: { camera: CameraState; view: CameraView }) {
  const { t } = useOwnTexts();
  const [, go] = useLocation();
  const engineer = useMay("engineer");
  const lookAt = useFocus((s) => s.lookAt);
  return (
    <>
      <div className="page-head">
        <h2>
          {camera.id} · {t(view.seeing ? "camera.sees" : view.t === null ? "camera.never" : "camera.sees_not")}
        </h2>
        {engineer && (
          <Button variant="default" onClick={() => go(`/cameras/${encodeURIComponent(camera.id)}/setup`)}>
            {t("camera.set_up")}
          </Button>
        )}
        <Button
          variant="default"
          onClick={() => {
            go("/");
            window.setTimeout(() => lookAt(camera.looks_at), 100); // the map must be there to move
          }}
        >
          {t("todo.show_map")}
        </Button>
      </div>
      <div className="cards">
        <section className="card">
          <h3>{t("camera.now")}</h3>
          <Now camera={camera} view={view} />
        </section>
        <section className="card">
          <h3>{t("camera.picture")}</h3>
          <Picture id={camera.id} view={view} />
        </section>
        <section className="card">
          <h3>{t("camera.guarded")}</h3>
          <CameraMap camera={camera} />
          <Held camera={camera} />
        </section>
      </div>
      <section className="card camera-past">
        <History id={camera.id} />
      </section>
    </>
  );
}

function Now({ camera, view }: { camera: CameraState; view: CameraView }) {
  const { t, num, age } = useOwnTexts();
  const words = useBlindness();
  const now = useLive((s) => s.panel?.t ?? camera.t ?? 0);
  const { health } = camera;
  if (health === null) return <p className="row-dim">{t("camera.never_long")}</p>;
  const share = sharpShare(health);
  return (
    <>
      {!view.seeing && (
        <div className="camera-why" role="status">
          <span>
            <b className="text-amber">{words.what(view.reason, camera.id)}</b>
            {view.since > 0 && <span className="row-dim"> · {t("robot.since", { age: age(now - view.since) })}</span>}
          </span>
          <span className="trouble-fix">{words.todo(view.reason)}</span>
          <span className="row-dim">{t("camera.blind_holds")}</span>
        </div>
      )}
      <Guards camera={camera} seeing={view.seeing} />
      <dl className="facts">
        <Fact name={t("camera.picture_age")}>{health.picture_age === null ? t("camera.no_picture_yet") : health.picture_age < 1 ? t("camera.fresh") : age(health.picture_age)}</Fact>
        <Fact name={t("camera.light")}>
          {health.light === "" ? "–" : `${t(`camera.light_${health.light}`)} (${num((100 * health.brightness) / 255)} %)`}
        </Fact>
        <Fact name={t("camera.sharpness")}>{share === null ? t("camera.not_learnt") : t("camera.of_usual", { share: num(100 * share) })}</Fact>
        <Fact name={t("camera.dirty")}>{num(100 * health.dirty)} %</Fact>
        <Fact name={t("camera.shift")}>{num(health.shift, 1)} px</Fact>
        <Fact name={t("camera.detector")}>{health.detector === "motion" ? t("camera.motion") : health.detector || "–"}</Fact>
        <Fact name={t("camera.setup_counts")}>
          <span data-testid="camera-setup-counts">
            {health.setup > 0 ? t("camera.setup_version", { version: health.setup }) : t(health.setup < 0 ? "camera.setup_broken" : "camera.setup_plan")}
            <span className="row-dim"> · {t("robot.since", { age: age(Math.max(0, now - health.setup_since)) })}</span>
          </span>
        </Fact>
      </dl>
    </>
  );
}

function Guards({ camera, seeing }: { camera: CameraState; seeing: boolean }) {
  const { t, num } = useOwnTexts();
  if (camera.health === null) return null;
  const { key, metres, day, measured, said } = recall(camera.health, seeing);
  return (
    <p className="camera-guards" data-testid="camera-guards">
      <b className={key === "guards.day" ? "" : "text-amber"}>{t(`camera.${key}`, { metres: num(metres), day: num(day) })}</b>{" "}
      <span className="row-dim">{t(`camera.${said}`, { found: measured ?? 0 })}</span>
    </p>
  );
}
