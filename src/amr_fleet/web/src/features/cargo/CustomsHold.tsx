import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { useOwnTexts } from "./own_texts";
import { useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { cargoApi, type Load } from "./api";

/** Whether customs hold a load; an operator sets it or lifts it, with the document that says so. */
export function CustomsHold({ load }: { load: Load }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const site = useSite();
  const client = useQueryClient();
  const may = useMayOperate();
  const [document, setDocument] = useState("");
  const held = load.customs_hold;
  const command = useCommand(
    () => cargoApi.holdLoad(load.load_id, !held, document.trim()),
    () => {
      setDocument("");
      void client.invalidateQueries({ queryKey: ["cargo"] });
    },
    true,
  );
  const error = command.error === null ? null : asApiError(command.error);
  const press = async (): Promise<void> => {
    const verb = held ? "lift" : "hold";
    const yes = await ask({ title: t(`customs.${verb}_title`, { load: load.load_id }), body: t(`customs.${verb}_body`), confirm: t(`customs.${verb}`) });
    if (yes) command.mutate(undefined);
  };
  return (
    <div className="change" data-testid="customs">
      <h3>{t("customs.title")}</h3>
      <p className={held ? "lead text-red" : "lead"}>{t(held ? "customs.held" : "customs.free")}</p>
      {may && (
        <div className="button-row change-robot">
          <TextInput label={t("customs.document")} maxLength={64} value={document} onChange={(e) => setDocument(e.currentTarget.value)} />
          <Button variant="default" loading={command.isPending} onClick={() => void press()}>
            {t(held ? "customs.lift" : "customs.hold")}
          </Button>
        </div>
      )}
      {error !== null && (
        <p className="form-error" role="alert">
          {texts.code(error.code, error.facts, site)}
        </p>
      )}
    </div>
  );
}
