import { type ComboboxItem, type OptionsFilter, Select } from "@mantine/core";

import { useSite } from "../api/site";
import type { PlaceKind } from "../api/types";
import { plain } from "../i18n/plain";
import { useTexts } from "../i18n/texts";

const KINDS: PlaceKind[] = ["dock", "gate", "crossdock", "block", "rack"];

interface Props {
  name: string;
  label: string;
  value: string | null;
  error?: string | undefined;
  onChange: (value: string | null) => void;
}

/** Those with every typed word, without diacritics, too: "cua 2" finds the second gate. */
const named: OptionsFilter = ({ options, search }) => {
  const typed = plain(search).split(/\s+/).filter((word) => word !== "");
  const fits = ({ label }: ComboboxItem): boolean => typed.every((word) => plain(label).includes(word));
  return options.map((one) => ("group" in one ? { ...one, items: one.items.filter(fits) } : one)).filter((one) => ("group" in one ? one.items.length > 0 : fits(one)));
};

/** A place of the site, grouped by kind, found by a few letters of its name or code: Enter takes the first. */
export function PlaceSelect({ name, label, value, error, onChange }: Props) {
  const { t, lang } = useTexts();
  const site = useSite();
  const groups = KINDS.map((kind) => ({
    group: t(`kind.${kind}`),
    items: (site?.places ?? [])
      .filter((p) => p.kind === kind)
      .map((p) => ({ value: p.id, label: `${lang === "vi" ? p.name_vi : p.name_en} (${p.id})` })),
  })).filter((g) => g.items.length > 0);
  return (
    <Select
      name={name}
      label={label}
      placeholder={t("new.choose")}
      nothingFoundMessage={t("new.nothing")}
      size="md"
      searchable
      selectFirstOptionOnChange
      filter={named}
      clearable
      maxDropdownHeight={340}
      data={groups}
      value={value}
      error={error}
      onChange={onChange}
    />
  );
}
