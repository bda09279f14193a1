import { useQuery, useQueryClient } from "@tanstack/react-query";

import { useCommand } from "../../shared/api/command";
import { useSite } from "../../shared/api/site";
import type { BookOrder } from "../../shared/api/types";
import { clock, useTexts } from "../../shared/i18n/texts";
import { type Book, bookApi } from "./api";

/** A command that answers the whole book. */
export function useBookCommand<V>(run: (value: V) => Promise<Book>, done?: () => void, inline = false) {
  const client = useQueryClient();
  const keep = (book: Book): void => {
    client.setQueryData(["book"], book);
    done?.();
  };
  return useCommand(run, keep, inline);
}

export function useWay(): (order: BookOrder) => string {
  const { place } = useTexts();
  const site = useSite();
  return (order) => `${place(order.pick_place, site)} → ${place(order.drop_place, site)}`;
}

/** Cut-offs, templates and recurring orders. */
export function useBook() {
  return useQuery({ queryKey: ["book"], queryFn: bookApi.book, refetchInterval: 10_000 });
}

/** Trucks and barges to choose from. */
export function useCutoffOptions(): { value: string; label: string }[] {
  const { t } = useTexts();
  const cutoffs = useBook().data?.cutoffs ?? [];
  return cutoffs.map((c) => ({ value: c.name, label: `${c.name} · ${t(`cutoff.${c.kind}`)} ${clock(c.at).slice(0, -3)}` }));
}
