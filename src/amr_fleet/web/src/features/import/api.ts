import { api } from "../../shared/api/request";
export type { ImportAnswer, RowVerdict } from "../../shared/api/types";

/** A table as text, a workbook (base64), or order bodies. */
export type OrderList = { csv: string } | { xlsx: string } | { rows: Record<string, unknown>[] };

const IMPORT_MS = 60_000;

export const importApi = {
  /** key: of the list; sent twice, its orders come once. */
  importOrders: (list: OrderList, dryRun: boolean, key: string) => api.post("/api/v1/orders/import", { body: { ...list, dry_run: dryRun }, timeoutMs: IMPORT_MS, key }),
};
