import { Button } from "@mantine/core";
import { Link, useLocation, useParams } from "wouter";

import type { Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMay, useMayOperate } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { lazyPart } from "../../shared/ui/lazy_page";
import { RobotCommands } from "./RobotCommands";
import { RobotFacts, Trouble } from "./RobotFacts";

const Health = lazyPart<{ robot: string }>(() => import("../health/Health"), true);
const Trend = lazyPart<{ robot: string }>(() => import("../health/Trend"), true);
const Upkeep = lazyPart<{ robot: string }>(() => import("../upkeep/Upkeep"), true);
const Cameras = lazyPart<{ robot: string }>(() => import("../cameras/RobotCameras"), true);
const Computer = lazyPart<{ robot: Robot }>(() => import("../computer/Computer"), true);

/** One robot: how it is, what to do, what it can be told. */
export default function RobotPage() {
  const { name = "" } = useParams<{ name: string }>();
  const { t, code } = useTexts();
  const loaded = useLive((s) => s.panel !== null);
  const robot = useLive((s) => s.panel?.robots.find((r) => r.name === name));
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/robots">{t("nav.robots")}</Link>
        </p>
        {!loaded && <p className="empty">{t("app.loading")}</p>}
        {loaded && robot === undefined && <p className="form-error">{code("robot.not_found", { robot: name })}</p>}
        {robot !== undefined && <Detail key={robot.name} robot={robot} />}
      </div>
    </main>
  );
}

function Detail({ robot }: { robot: Robot }) {
  const { t } = useTexts();
  const [, go] = useLocation();
  const select = useFocus((s) => s.select);
  const now = useLive((s) => s.panel?.t ?? 0);
  const engineer = useMay("engineer");
  const operator = useMayOperate();
  return (
    <>
      <div className="page-head">
        <h2>
          {robotLabel(robot.name)} · {t(`status.${robot.status}`)}
        </h2>
        <Button
          variant="default"
          onClick={() => {
            go("/");
            window.setTimeout(() => select(robot.name, true), 100); // the map must be there to move
          }}
        >
          {t("robot.show")}
        </Button>
      </div>
      <div className="cards">
        <div className="column">
          <section className="card">
            <Trouble robot={robot} now={now} />
            <RobotFacts robot={robot} />
          </section>
          {operator && (
            <section className="card">
              <RobotCommands robot={robot} />
            </section>
          )}
        </div>
        <div className="column">
          <Upkeep robot={robot.name} />
          <Health robot={robot.name} />
        </div>
        <div className="column">
          <Trend robot={robot.name} />
          <Cameras robot={robot.name} />
          {engineer && <Computer robot={robot} />}
        </div>
      </div>
    </>
  );
}
