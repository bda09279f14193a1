import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, asApiError } from "./api";
import { useTexts } from "./i18n";
import { mayUse } from "./roles";
import type { Me, Site } from "./types";
import { note } from "./ui";

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: api.me, retry: false, staleTime: Infinity });
}

export function useSite(): Site | undefined {
  return useQuery({ queryKey: ["site"], queryFn: api.site, staleTime: Infinity }).data;
}

export function useMay(needed: Me["role"]): boolean {
  return mayUse(needed, useMe().data?.role);
}

export function useMayOperate(): boolean {
  return useMay("operator");
}

/** A command to the fleet; a refusal is shown with its reason, by the form itself when it is inline. */
export function useCommand<T, V>(run: (value: V) => Promise<T>, done?: (result: T) => void, inline = false) {
  const texts = useTexts();
  const site = useSite();
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (result) => done?.(result),
    onError: (failure) => {
      const error = asApiError(failure);
      if (!inline) note(texts.code(error.code, error.facts, site), true);
      if (error.status === 401) void client.resetQueries({ queryKey: ["me"] });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["orders"] }),
  });
}
