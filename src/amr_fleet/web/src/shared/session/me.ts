import { useQuery } from "@tanstack/react-query";

import { api } from "../api/request";
import type { Me } from "../api/types";
import { leaveFirst } from "./leaving";
import { mayUse } from "./roles";

/** Ask the server whose session this device has. */
export async function askMe(): Promise<Me> {
  await leaveFirst();
  return api.get("/api/v1/me");
}

/** Who is logged in on this page. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: askMe, retry: false, staleTime: Infinity });
}

export function useMay(needed: Me["role"]): boolean {
  return mayUse(needed, useMe().data?.role);
}

export function useMayOperate(): boolean {
  return useMay("operator");
}
