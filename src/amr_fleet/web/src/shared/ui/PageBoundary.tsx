import { Button } from "@mantine/core";
import { Component, type ReactNode, useEffect } from "react";

import { useTexts } from "../i18n/texts";
import { useLive } from "../live/live";
import { renew } from "./renew";

interface Props {
  again: () => void;
  /** It stands inside a page, which is the main part already. */
  part?: boolean;
  children: ReactNode;
}

/** In place of a page or a part that broke or could not be loaded: what happened, and two ways on. All around it stays. */
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
    const part = this.props.part === true;
    return <Failed missing={isMissing(failed)} again={again} part={part} />;
  }
}

/** Browsers say in different words that a module did not come. */
function isMissing(error: Error): boolean {
  return /import|module|load|fetch/i.test(error.message);
}

function Failed({ missing, again, part }: { missing: boolean; again: () => void; part: boolean }) {
  const { t } = useTexts();
  useWhenBack(missing, again);
  useEffect(() => {
    if (missing && !part) void renew(); // of a page nothing is on the screen that a reload could take away
  }, [missing, part]);
  const Frame = part ? "div" : "main";
  return (
    <Frame className="middle" role="alert">
      <p>{t(missing ? "page.missing" : "page.broken")}</p>
      <div className="button-row">
        <Button onClick={again}>{t("app.retry")}</Button>
        <Button variant="default" onClick={() => location.reload()}>
          {t("page.reload")}
        </Button>
      </div>
    </Frame>
  );
}

/** What did not come is asked for again as soon as the server is heard again; a fault of the page would only come back. */
function useWhenBack(missing: boolean, again: () => void): void {
  useEffect(() => {
    if (!missing) return;
    const stop = useLive.subscribe((now, before) => {
      if (now.connection === "open" && before.connection !== "open") again();
    });
    window.addEventListener("online", again);
    return () => {
      stop();
      window.removeEventListener("online", again);
    };
  });
}
