import { Button, Drawer, Group } from "@mantine/core";
import type { ReactNode } from "react";

import { useSite } from "../commands";
import { type Key, robotLabel, useTexts } from "../i18n";
import { useLive } from "../live";
import type { Robot } from "../types";
import { useUi } from "../ui";
import { PauseButton, Why } from "./Robots";

export function RobotDetails() {
  const name = useUi((s) => s.details);
  const close = useUi((s) => s.showDetails);
  const robot = useLive((s) => s.panel?.robots.find((r) => r.name === name));
  const now = useLive((s) => s.panel?.t ?? 0);
  const opened = name !== null && robot !== undefined;
  return (
    <Drawer opened={opened} onClose={() => close(null)} position="right" size={480} withOverlay={false} lockScroll={false} title={name === null ? "" : robotLabel(name)}>
      {robot !== undefined && <Details robot={robot} now={now} />}
    </Drawer>
  );
}

function Details({ robot, now }: { robot: Robot; now: number }) {
  const { t, num, place } = useTexts();
  const site = useSite();
  const order = useLive((s) => s.panel?.orders.find((o) => o.order_id === robot.order_id));
  const { select, showDetails } = useUi();
  const soc = robot.soc === null ? "–" : `${num(robot.soc * 100)}%${robot.charging ? ` (${t("robot.charging")})` : ""}`;
  return (
    <>
      <p className="details-status">{t(`status.${robot.status}` as Key)}</p>
      <div className="details-why">
        <Why robot={robot} now={now} />
      </div>
      <dl className="facts">
        <Fact name={t("robot.battery")}>{soc}</Fact>
        <Fact name={t("robot.order")}>
          {robot.order_id || "–"}
          {order !== undefined && ` · ${place(order.pick_place, site)} → ${place(order.drop_place, site)}`}
        </Fact>
        <Fact name={t("robot.load")}>{t(robot.loaded ? "robot.yes" : "robot.no")}</Fact>
        <Fact name={t("robot.speed")}>{num(robot.v, 1)} m/s</Fact>
        <Fact name={t("robot.position")}>
          {num(robot.x, 1)} m; {num(robot.y, 1)} m
        </Fact>
        <Fact name={t("robot.localized")}>{t(robot.localized ? "robot.good" : "robot.bad")}</Fact>
        <Fact name={t("robot.node")}>{robot.node || "–"}</Fact>
        <Fact name={t("robot.type")}>{robot.type}</Fact>
      </dl>
      <Group mt="lg" className="details-actions">
        <PauseButton robot={robot} />
        <Button
          variant="default"
          onClick={() => {
            select(robot.name, true);
            showDetails(null);
          }}
        >
          {t("robot.show")}
        </Button>
      </Group>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
