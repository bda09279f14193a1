import "./styles.css";

import type { WorkOrder } from "./api";
import { useOwnTexts } from "./own_texts";
import { WorkOrderLine } from "./WorkOrderLine";

/** Open work orders of all robots, for who takes over. null: not known yet. */
export function OpenWorkOrders({ open, now }: { open: readonly WorkOrder[] | null; now: number }) {
  const { t } = useOwnTexts();
  return (
    <section className="card" aria-label={t("upkeep.title")}>
      <h3>{t("upkeep.title")}</h3>
      {open === null && <p className="empty">{t("app.loading")}</p>}
      {open?.length === 0 && <p className="empty">{t("upkeep.none")}</p>}
      <ul className="upkeep-list">
        {open?.map((one) => (
          <WorkOrderLine key={one.work_id} one={one} now={now} named />
        ))}
      </ul>
    </section>
  );
}
