import { Drawer } from "@mantine/core";

import { useTexts } from "../../shared/i18n/texts";
import { useAssistant } from "./open";
import { Talk } from "./Talk";

/** The assistant beside any page: the page stays usable, the conversation is the same as on its own page. */
export default function AssistantPanel() {
  const { t } = useTexts();
  const { open, setOpen } = useAssistant();
  const close = (): void => {
    const at = document.activeElement;
    const elsewhere = at !== null && at !== document.body && at.closest(".assistant-beside") === null;
    setOpen(false);
    if (!elsewhere) document.querySelector<HTMLElement>(".assistant-button")?.focus(); // who types beside it stays there
  };
  return (
    <Drawer opened={open} onClose={close} position="right" size={460} classNames={{ inner: "assistant-beside" }} withOverlay={false} lockScroll={false} trapFocus={false} title={t("assistant.title")} closeButtonProps={{ "aria-label": t("close") }}>
      <div className="assistant">
        <p className="assistant-about">{t("assistant.about")}</p>
        {open && <Talk />}
      </div>
    </Drawer>
  );
}
