import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";

import { useTexts } from "../shared/i18n/texts";

interface Props {
  again: () => void;
  children: ReactNode;
}

/** In place of a page that broke or could not be loaded: what happened, and two ways on. Head and navigation stay. */
export class PageBoundary extends Component<Props, { failed: Error | null }> {
  override state: { failed: Error | null } = { failed: null };

  static getDerivedStateFromError(failed: Error): { failed: Error } {
    return { failed };
  }

  override render(): ReactNode {
    const { failed } = this.state;
    if (failed === null) return this.props.children;
    const again = (): void => {
      this.props.again();
      this.setState({ failed: null });
    };
    return <Failed missing={isMissing(failed)} again={again} />;
  }
}

/** Browsers say in different words that a module did not come. */
function isMissing(error: Error): boolean {
  return /import|module|load|fetch/i.test(error.message);
}

function Failed({ missing, again }: { missing: boolean; again: () => void }) {
  const { t } = useTexts();
  return (
    <main className="middle" role="alert">
      <p>{t(missing ? "page.missing" : "page.broken")}</p>
      <div className="button-row">
        <Button onClick={again}>{t("app.retry")}</Button>
        <Button variant="default" onClick={() => location.reload()}>
          {t("page.reload")}
        </Button>
      </div>
    </main>
  );
}
