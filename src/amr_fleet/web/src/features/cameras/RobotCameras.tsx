import "./styles.css";

import { useQuery } from "@tanstack/react-query";

import type { RobotCamera } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { Fact } from "../../shared/ui/Fact";
import { Refusal } from "../../shared/ui/Refusal";
import { camerasApi } from "./api";
import { sharpShare } from "./health";
import { History } from "./History";
import { useOwnTexts } from "./own_texts";
import { useBlindness } from "./words";

const LOOK_MS = 2000;

/** A robot's own cameras: whether they see, why not and what to do, and how they were when it last looked through them. */
export default function RobotCameras({ robot }: { robot: string }) {
  const { t } = useOwnTexts();
  const query = useQuery({ queryKey: ["robot-cameras", robot], queryFn: () => camerasApi.ofRobot(robot), refetchInterval: LOOK_MS });
  if (query.data === undefined && query.error === null) return null;
  const cameras = query.data?.cameras;
  return (
    <section className="card" data-testid="robot-cameras">
      <h3>{t("camera.own")}</h3>
      {cameras === undefined && <Refusal error={query.error} />}
      {cameras?.length === 0 && <p className="row-dim">{t("camera.own_never")}</p>}
      {cameras?.map((camera) => (
        <Own key={camera.camera} camera={camera} robot={robot} />
      ))}
    </section>
  );
}

function Own({ camera, robot }: { camera: RobotCamera; robot: string }) {
  const { t, num, age } = useOwnTexts();
  const words = useBlindness();
  const share = sharpShare(camera);
  // It measures distances: neither light nor sharpness means anything to it.
  const depth = camera.camera === "depth";
  const of = depth ? "own_depth" : "own";
  return (
    <>
      <h4>{depth ? t("camera.own_depth") : camera.camera === "front" ? t("camera.own_front") : camera.camera}</h4>
      {camera.reason !== "" && (
        <div className="camera-why" role="status">
          <b className="text-amber">{words.what(camera.reason, depth ? t("camera.depth_of", { robot: robotLabel(robot) }) : robotLabel(robot))}</b>
          <span className="trouble-fix">{words.todo(camera.reason)}</span>
          <span className="row-dim">{t(`camera.${of}_blind`)}</span>
        </div>
      )}
      <p className="row-dim">{t(camera.in_use ? `camera.${of}_in_use` : `camera.${of}_last`)}</p>
      <dl className="facts">
        <Fact name={t("camera.picture_age")}>{camera.picture_age === null ? t("camera.no_picture_yet") : camera.picture_age < 1 ? t("camera.fresh") : age(camera.picture_age)}</Fact>
        {!depth && <Fact name={t("camera.light")}>{camera.picture_age === null ? "–" : `${num((100 * camera.brightness) / 255)} %`}</Fact>}
        {!depth && <Fact name={t("camera.sharpness")}>{share === null ? t("camera.not_learnt") : t("camera.of_usual", { share: num(100 * share) })}</Fact>}
      </dl>
      <p className="row-dim">{t(`camera.${of}_no_recall`)}</p>
      <History id={`${robot}:${camera.camera}`} curves={!depth} />
    </>
  );
}
