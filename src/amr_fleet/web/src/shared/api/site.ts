import { useQuery } from "@tanstack/react-query";

import { api } from "./request";
import type { Site } from "./types";

/** The site's plan; it does not change while the server runs. */
export function useSite(): Site | undefined {
  return useQuery({ queryKey: ["site"], queryFn: () => api.get("/api/v1/site"), staleTime: Infinity }).data;
}
