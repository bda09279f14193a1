import { Button } from "@mantine/core";

import { useCommand } from "../../shared/api/command";
import type { Snapshot } from "../../shared/api/types";
import { clock, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { attentionApi } from "./api";

/** On every page while there is a fire alarm: since when, and the way to end it. */
export function FireBanner({ fire }: { fire: NonNullable<Snapshot["fire"]> }) {
  const { t, age } = useTexts();
  const now = useLive((s) => s.panel?.t ?? fire.since);
  const mayOperate = useMayOperate();
  const end = useCommand(() => attentionApi.endFire());
  const press = async (): Promise<void> => {
    if (await ask({ title: t("fire.end.title"), body: t("fire.end.body"), confirm: t("ends.end_fire") })) end.mutate(undefined);
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
    </div>
  );
}
