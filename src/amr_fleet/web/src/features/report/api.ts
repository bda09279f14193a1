import { address, api } from "../../shared/api/request";
import type { Shift } from "../../shared/api/types";

export type { Report, Shift, Spread, Technical } from "../../shared/api/types";

export const reportApi = {
  shifts: () => api.get("/api/v1/shifts"),
  report: ({ begin, end }: Shift) => api.get("/api/v1/report", { query: { begin, end } }),
  reportFile: ({ begin, end }: Shift, ending: "pdf" | "xlsx", lang: string) => address(`/api/v1/report.${ending}`, { query: { begin, end, lang } }),
};
