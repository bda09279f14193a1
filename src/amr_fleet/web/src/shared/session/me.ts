import { useQuery } from "@tanstack/react-query";

import { api } from "../api/request";
import type { Me } from "../api/types";
import { mayUse } from "./roles";

/** Who is logged in on this page. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => api.get("/api/v1/me"), retry: false, staleTime: Infinity });
}

export function useMay(needed: Me["role"]): boolean {
  return mayUse(needed, useMe().data?.role);
}

export function useMayOperate(): boolean {
  return useMay("operator");
}
