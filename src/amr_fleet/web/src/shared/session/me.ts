import { useQuery } from "@tanstack/react-query";

import { request } from "../api/request";
import type { Me } from "../api/types";
import { mayUse } from "./roles";

/** Who is logged in on this page. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => request<Me>("GET", "/me"), retry: false, staleTime: Infinity });
}

export function useMay(needed: Me["role"]): boolean {
  return mayUse(needed, useMe().data?.role);
}

export function useMayOperate(): boolean {
  return useMay("operator");
}
