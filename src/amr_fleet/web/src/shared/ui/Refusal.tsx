import { asApiError } from "../api/request";
import { useSite } from "../api/site";
import { useTexts } from "../i18n/texts";

/** The reason of a refusal, beside the form that was refused. */
export function Refusal({ error }: { error: Error | null }) {
  const texts = useTexts();
  const site = useSite();
  if (error === null) return null;
  const { code, facts } = asApiError(error);
  return (
    <p className="form-error" role="alert">
      {texts.code(code, facts, site)}
    </p>
  );
}
