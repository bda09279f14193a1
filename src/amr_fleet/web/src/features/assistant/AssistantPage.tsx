import { useTexts } from "../../shared/i18n/texts";
import { Talk } from "./Talk";

/** The assistant on a page of its own. */
export default function AssistantPage() {
  const { t } = useTexts();
  return (
    <main className="page">
      <div className="page-wide assistant">
        <div className="page-head">
          <h2>{t("assistant.title")}</h2>
        </div>
        <p className="assistant-about">{t("assistant.about")}</p>
        <Talk />
      </div>
    </main>
  );
}
