import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { useCommand } from "../../shared/api/command";
import { ApiError } from "../../shared/api/request";
import { stamp } from "../../shared/i18n/times";
import { useMe } from "../../shared/session/me";
import { note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { type AlarmBrowser, escalationApi } from "./api";
import { useOwnTexts } from "./own_texts";
import { ability, ownDevice, switchOff, switchOn } from "./push";
import type { vi } from "./texts";

const REFRESH_MS = 5000;
const WHY = ["denied", "unsupported", "no_service"];

/** Whether alarms come to this browser, and to which others of the same person. */
export function PushCard() {
  const { t } = useOwnTexts();
  const query = useQuery({ queryKey: ["push"], queryFn: async () => ({ ...(await escalationApi.push()), own: await ownDevice(), able: ability() }), refetchInterval: REFRESH_MS });
  if (query.data === undefined) return <Refusal error={query.error} />;
  const { on, key, listed, devices, own, able } = query.data;
  if (!on) return <p className="row-dim block">{t("esc.push.not_set_up")}</p>;
  const here = devices.find((one) => one.id === own);
  const isOn = here !== undefined && !here.ended;
  return (
    <section className="card block" aria-labelledby="push-title" data-testid="push">
      <h3 id="push-title">{t("esc.push.title")}</h3>
      <p role="status" data-testid="push-state">
        <b className={here?.ended ? "text-red" : ""}>{isOn ? t("esc.push.on") : t(`esc.push.${here?.ended && able === "able" ? "new_key" : able}`)}</b>
      </p>
      <p className="row-dim">{t("esc.push.internet")}</p>
      {!listed && <p className="text-red">{t("esc.push.not_listed")}</p>}
      {able === "able" && !isOn && <TurnOn serverKey={key} />}
      {devices.length > 0 && <Browsers devices={devices} own={own} />}
    </section>
  );
}

function TurnOn({ serverKey }: { serverKey: string }) {
  const { t } = useOwnTexts();
  const user = useMe().data?.user ?? "";
  const client = useQueryClient();
  const run = useMutation({ mutationFn: () => switchOn(serverKey, user), onSettled: () => client.invalidateQueries({ queryKey: ["push"] }) });
  const why = run.error === null || run.error instanceof ApiError ? "" : run.error.message;
  return (
    <>
      <div className="button-row">
        <Button onClick={() => run.mutate()} loading={run.isPending}>
          {t("esc.push.turn_on")}
        </Button>
      </div>
      {run.error instanceof ApiError && <Refusal error={run.error} />}
      {why !== "" && (
        <p className="form-error" role="alert">
          {t(`esc.push.${WHY.includes(why) ? why : "no_service"}` as keyof typeof vi)}
        </p>
      )}
    </>
  );
}

function Browsers({ devices, own }: { devices: AlarmBrowser[]; own: string }) {
  const { t } = useOwnTexts();
  return (
    <ul className="list">
      {devices.map((device) => (
        <li key={device.id} data-testid={device.id === own ? "push-here" : `push-${device.id}`}>
          <b>{device.label}</b> {device.id === own && `(${t("esc.push.here")})`}
          <span className="row-dim">
            {" · "}
            {t("esc.push.since", { at: stamp(device.since) })}
            {device.sent > 0 && ` · ${t("esc.push.sent", { at: stamp(device.sent) })}`}
          </span>
          {device.ended && <span className="text-red"> · {t("esc.push.ended")}</span>}
          {device.error !== "" && !device.ended && <span className="text-red"> · {t("esc.push.error", { error: device.error })}</span>}
          <Actions device={device} here={device.id === own} />
        </li>
      ))}
    </ul>
  );
}

function Actions({ device, here }: { device: AlarmBrowser; here: boolean }) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const again = (): void => void Promise.all([client.invalidateQueries({ queryKey: ["push"] }), client.invalidateQueries({ queryKey: ["escalation"] })]);
  const test = useCommand(
    () => escalationApi.pushTest(device.id),
    () => {
      note(t("esc.tried"));
      again();
    },
  );
  const off = useCommand(() => switchOff(device.id, here), again);
  return (
    <div className="button-row">
      {!device.ended && (
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate(undefined)} aria-label={`${t("esc.push.try")}: ${device.label}`}>
          {t("esc.push.try")}
        </Button>
      )}
      <Button variant="default" loading={off.isPending} onClick={() => off.mutate(undefined)} aria-label={`${t("esc.push.turn_off")}: ${device.label}`}>
        {t("esc.push.turn_off")}
      </Button>
    </div>
  );
}
