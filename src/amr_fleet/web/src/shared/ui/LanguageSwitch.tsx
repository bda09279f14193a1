import { SegmentedControl } from "@mantine/core";

import { useLang, useTexts } from "../i18n/texts";

export function LanguageSwitch() {
  const { t } = useTexts();
  const { lang, setLang } = useLang();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("head.language")}
      value={lang}
      onChange={(value) => setLang(value)}
      data={[
        { value: "vi", label: "VI" },
        { value: "en", label: "EN" },
      ]}
    />
  );
}
