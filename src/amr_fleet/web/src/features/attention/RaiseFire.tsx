import { Button } from "@mantine/core";

import { useCommand } from "../../shared/api/command";
import { useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { attentionApi } from "./api";

/** Raise it: people pressed no button of the fire panel, or there is none. */
export function RaiseFire() {
  const { t } = useTexts();
  const fire = useLive((s) => s.panel?.fire ?? null);
  const mayOperate = useMayOperate();
  const raise = useCommand(() => attentionApi.raiseFire());
  if (!mayOperate || fire !== null) return null;
  const press = async (): Promise<void> => {
    const warning = t("fire.raise.body");
    if (await ask({ title: t("fire.raise.title"), body: "", warning, confirm: t("fire.raise") })) raise.mutate(undefined);
  };
  return (
    <Button variant="default" onClick={() => void press()} loading={raise.isPending}>
      {t("fire.raise")}
    </Button>
  );
}
