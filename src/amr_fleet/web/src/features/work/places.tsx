import { useQuery } from "@tanstack/react-query";

import { useTexts } from "../../shared/i18n/texts";
import { type WorkPlace, workApi } from "./api";
import { remember, remembered } from "./remember";

const ORDER: readonly WorkPlace["kind"][] = ["dock", "gate", "crossdock", "block", "rack"];

/** All places, docks and gates first; those of the last time while there is no network. */
export function usePlaces(): { all: WorkPlace[]; name: (id: string) => string; again: () => void } {
  const { lang } = useTexts();
  const query = useQuery({
    queryKey: ["work", "places"],
    queryFn: async () => {
      const { places } = await workApi.places();
      remember("places", places);
      return places;
    },
    staleTime: Infinity,
    retry: false,
  });
  const all = [...(query.data ?? remembered<WorkPlace[]>("places") ?? [])].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const name = (id: string): string => {
    const found = all.find((place) => place.id === id);
    return found === undefined ? id : lang === "vi" ? found.name_vi : found.name_en;
  };
  return { all, name, again: () => void query.refetch() };
}

export function PlaceChooser({ places, choose }: { places: WorkPlace[]; choose: (id: string) => void }) {
  const { lang } = useTexts();
  return (
    <div className="work-places">
      {places.map((place) => (
        <button key={place.id} type="button" className="work-button" onClick={() => choose(place.id)}>
          {lang === "vi" ? place.name_vi : place.name_en}
        </button>
      ))}
    </div>
  );
}
