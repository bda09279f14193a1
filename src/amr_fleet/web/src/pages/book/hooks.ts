import { useQueryClient } from "@tanstack/react-query";

import { useCommand, useSite } from "../../commands";
import { useTexts } from "../../i18n";
import type { Book, BookOrder } from "../../types_book";

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
