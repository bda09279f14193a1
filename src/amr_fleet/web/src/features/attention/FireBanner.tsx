import { Button } from "@mantine/core";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import type { Snapshot } from "../../shared/api/types";
import { clock, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMay, useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { attentionApi } from "./api";

/** On every page while there is a fire alarm: since when, and the way to end it. */
export function FireBanner({ fire }: { fire: NonNullable<Snapshot["fire"]> }) {
  const { t, age } = useTexts();
  const now = useLive((s) => s.panel?.t ?? fire.since);
  const mayOperate = useMayOperate();
  const maySayOff = useMay("engineer");
  const end = useCommand(() => attentionApi.endFire());
  const off = useCommand(() => attentionApi.contactsOff(), () => end.reset());
  const stillOn = end.error !== null && asApiError(end.error).code === "fire.still_on";
  const press = async (): Promise<void> => {
    if (await ask({ title: t("fire.end.title"), body: t("fire.end.body"), confirm: t("ends.end_fire") })) end.mutate(undefined);
  };
  const pressOff = async (): Promise<void> => {
    if (await ask({ title: t("fire.off.title"), body: t("fire.off.body"), confirm: t("fire.off") })) off.mutate(undefined);
  };
  return (
    <div className="banner banner-red banner-fire" role="alert">
      <span>
        {t("fire.since", { time: clock(fire.since), age: age(now - fire.since) })}
        {fire.text !== "" && ` ${fire.text}`}
      </span>
      {mayOperate && (
        <Button onClick={() => void press()} loading={end.isPending}>
          {t("ends.end_fire")}
        </Button>
      )}
      {maySayOff && stillOn && (
        <Button variant="default" onClick={() => void pressOff()} loading={off.isPending}>
          {t("fire.off")}
        </Button>
      )}
    </div>
  );
}
