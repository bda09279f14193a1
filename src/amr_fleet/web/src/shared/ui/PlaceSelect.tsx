import { Select } from "@mantine/core";

import { useSite } from "../api/site";
import type { PlaceKind } from "../api/types";
import { useTexts } from "../i18n/texts";

const KINDS: PlaceKind[] = ["dock", "gate", "crossdock", "block", "rack"];

interface Props {
  name: string;
  label: string;
  value: string | null;
  error?: string | undefined;
  onChange: (value: string | null) => void;
}

/** A place of the site, grouped by kind, found by a few letters of its name or code. */
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
      clearable
      maxDropdownHeight={340}
      data={groups}
      value={value}
      error={error}
      onChange={onChange}
    />
  );
}
