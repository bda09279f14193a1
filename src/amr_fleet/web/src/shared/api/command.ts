import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useTexts } from "../i18n/texts";
import { sessionEnded } from "../session/ended";
import { note } from "../ui/dialogs";
import { asApiError } from "./request";
import { useSite } from "./site";

/** A command to the fleet; a refusal is shown with its reason, by the form itself when it is inline. */
export function useCommand<T, V>(run: (value: V) => Promise<T>, done?: (result: T, value: V) => void, inline = false) {
  const texts = useTexts();
  const site = useSite();
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (result, value) => done?.(result, value),
    onError: (failure) => {
      const error = asApiError(failure);
      if (!inline) note(texts.code(error.code, error.facts, site), true);
      if (error.status === 401) sessionEnded();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["orders"] }),
  });
}
