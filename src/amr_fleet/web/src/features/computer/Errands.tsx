import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { useCommand } from "../../shared/api/command";
import type { Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { ask } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { computerApi, type ErrandKind, type RobotErrand } from "./api";
import { useComputerTexts } from "./own_texts";

const POLL_MS = 2000;
const underWay = (one: RobotErrand): boolean => one.state === "asked" || one.state === "running";

/** What an engineer asks of the robot's computer: its log, a picture, other site files, and the way back. */
export function Errands({ robot: { name, site_version: version } }: { robot: Robot }) {
  const t = useComputerTexts();
  const client = useQueryClient();
  const key = ["errands", name];
  const query = useQuery({
    queryKey: key,
    queryFn: () => computerApi.errands(name),
    refetchInterval: ({ state }) => (state.data?.errands.some(underWay) === true ? POLL_MS : false),
  });
  const order = useCommand(
    (kind: ErrandKind) => computerApi.ask(name, kind),
    () => void client.invalidateQueries({ queryKey: key }),
    true,
  );
  if (query.data === undefined) return null;
  const { errands } = query.data;
  const busy = order.isPending || errands.some(underWay);
  const change = async (kind: "site_update" | "site_back"): Promise<void> => {
    const title = t(`site_title.${kind}`, { robot: robotLabel(name) });
    if (await ask({ title, body: t(`site_body.${kind}`), confirm: t(`ask.${kind}`) })) order.mutate(kind);
  };
  return (
    <section className="card" data-testid="robot-errands" aria-labelledby="robot-errands">
      <h3 id="robot-errands">{t("errands")}</h3>
      <p className="hint">{t("errands_body")}</p>
      <div className="button-row">
        {(["log", "picture"] as const).map((kind) => (
          <Button key={kind} variant="default" disabled={busy} onClick={() => order.mutate(kind)}>
            {t(`ask.${kind}`)}
          </Button>
        ))}
        {version !== "" &&
          (["site_update", "site_back"] as const).map((kind) => (
            <Button key={kind} variant="default" disabled={busy} onClick={() => void change(kind)}>
              {t(`ask.${kind}`)}
            </Button>
          ))}
      </div>
      {errands.map((one) => (
        <Line key={one.kind} robot={name} errand={one} />
      ))}
      <Refusal error={order.error} />
    </section>
  );
}

function Line({ robot, errand: { kind, state, at, code, size } }: { robot: string; errand: RobotErrand }) {
  const t = useComputerTexts();
  const { code: words } = useTexts();
  const said = state === "failed" ? words(code ?? "internal", { robot: robotLabel(robot), reason: t("see_log"), seconds: 0 }) : t(`state.${state}`);
  const path = `/api/v1/robots/${encodeURIComponent(robot)}`;
  return (
    <div data-testid={`errand-${kind}`}>
      <p>
        {t(`kind.${kind}`)}: {said}
      </p>
      {kind === "log" && size > 0 && (
        <a href={`${path}/log.txt`} download>
          {t("save_log")}
        </a>
      )}
      {kind === "picture" && size > 0 && (
        <img className="robot-picture" src={`${path}/picture.jpg?at=${String(at)}`} alt={t("picture_of", { robot: robotLabel(robot) })} />
      )}
    </div>
  );
}
