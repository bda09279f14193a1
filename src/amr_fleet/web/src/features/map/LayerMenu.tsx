import { Checkbox, Popover } from "@mantine/core";

import { useTexts } from "../../shared/i18n/texts";
import { LAYERS, useLayers } from "./layers";

/** The button that chooses what the map shows. */
export function LayerMenu() {
  const { t } = useTexts();
  const { shown, toggle } = useLayers();
  return (
    <Popover position="top-end" withArrow shadow="sm">
      <Popover.Target>
        <button type="button" aria-label={t("layers.title")} title={t("layers.title")}>
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="M10 3l7 4-7 4-7-4zM3 11l7 4 7-4" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" />
          </svg>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="layers">
          <b>{t("layers.title")}</b>
          {LAYERS.map((layer) => (
            <Checkbox key={layer} label={t(`layer.${layer}`)} checked={shown[layer]} onChange={() => toggle(layer)} />
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
