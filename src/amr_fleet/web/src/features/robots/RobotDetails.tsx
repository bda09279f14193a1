import { Button, Drawer } from "@mantine/core";
import { Link } from "wouter";

import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useFocus } from "../../shared/ui/focus";
import { RobotCommands } from "./RobotCommands";
import { RobotFacts, Trouble } from "./RobotFacts";

/** One robot beside the map, which stays in view. */
export function RobotDetails() {
  const { t } = useTexts();
  const name = useFocus((s) => s.details);
  const { select, showDetails } = useFocus();
  const robot = useLive((s) => s.panel?.robots.find((r) => r.name === name));
  const now = useLive((s) => s.panel?.t ?? 0);
  const close = (): void => showDetails(null);
  return (
    <Drawer opened={name !== null && robot !== undefined} onClose={close} position="right" size={480} withOverlay={false} lockScroll={false} trapFocus={false} title={name === null ? "" : robotLabel(name)}>
      {robot !== undefined && (
        <>
          <p className="details-status">{t(`status.${robot.status}`)}</p>
          <Trouble robot={robot} now={now} />
          <RobotFacts robot={robot} />
          <div className="button-row details-actions">
            <Button variant="default" onClick={() => select(robot.name, true)}>
              {t("robot.show")}
            </Button>
            <Button component={Link} variant="default" href={`/robots/${robot.name}`} onClick={close}>
              {t("robot.open_page")}
            </Button>
          </div>
          <RobotCommands robot={robot} onDraw={() => undefined} />
        </>
      )}
    </Drawer>
  );
}
