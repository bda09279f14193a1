import type { Json } from "./api";

/** What is opened on the map. */
export interface Plan {
  /** null: a new one. */
  record: Json | null;
  edit: boolean;
  /** Another one for each opening. */
  key: number;
}
