import { request } from "../../shared/api/request";
import type { Facts } from "../../shared/api/types";

/** A table as text, or order bodies. */
export type OrderList = { csv: string } | { rows: unknown[] };

/** What becomes of one row of a list; rows count from 1. */
export interface RowVerdict {
  row: number;
  verdict: "created" | "known" | "refused";
  order_id: string;
  error: { code: string; facts: Facts } | null;
}

export interface ImportAnswer {
  dry_run: boolean;
  created: number;
  known: number;
  refused: number;
  rows: RowVerdict[];
}

const IMPORT_MS = 60_000;

export const importApi = {
  importOrders: (list: OrderList, dryRun: boolean) => request<ImportAnswer>("POST", "/orders/import", { ...list, dry_run: dryRun }, IMPORT_MS),
};
