import { Select } from "@mantine/core";

import { robotLabel } from "../../shared/i18n/texts";
import type { Filter } from "./marks";
import { useOwnTexts } from "./own_texts";

const SEVERITIES = ["", "critical", "warning"] as const;

/** Which robot's and how bad things the time line and the lists show. */
export function Filters({ robots, filter, set }: { robots: readonly string[]; filter: Filter; set: (filter: Filter) => void }) {
  const { t } = useOwnTexts();
  return (
    <>
      <Select
        className="replay-filter"
        aria-label={t("replay.robot")}
        allowDeselect={false}
        value={filter.robot}
        onChange={(robot) => set({ ...filter, robot: robot ?? "" })}
        data={[{ value: "", label: t("replay.any_robot") }, ...robots.map((name) => ({ value: name, label: robotLabel(name) }))]}
      />
      <Select
        className="replay-filter"
        aria-label={t("replay.severity")}
        allowDeselect={false}
        value={filter.severity}
        onChange={(value) => set({ ...filter, severity: SEVERITIES.find((one) => one === value) ?? "" })}
        data={SEVERITIES.map((value) => ({ value, label: t(value === "" ? "replay.severity.any" : `replay.severity.${value}`) }))}
      />
    </>
  );
}
