import { type ComponentType, lazy, Suspense, useState } from "react";

import { retried } from "../api/retried";
import { useTexts } from "../i18n/texts";
import { PageBoundary } from "./PageBoundary";

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

/** A page whose code comes when it is opened; a page that cannot be loaded or breaks says so and takes nothing else away. */
export function lazyPage<P extends object = object>(load: Load<P>, part = false): ComponentType<P> {
  let View = lazy(() => retried(load));
  return function Page(props: P) {
    const [Shown, setShown] = useState(() => View);
    const again = (): void => {
      View = lazy(() => retried(load)); // React keeps a failed import for ever
      setShown(() => View);
    };
    return (
      <PageBoundary again={again} part={part}>
        <Shown {...props} />
      </PageBoundary>
    );
  };
}

/** The same for a part of a page: only its own place waits for it, or says that it did not come. */
export function lazyPart<P extends object = object>(load: Load<P>, quiet = false): ComponentType<P> {
  const Page = lazyPage(load, true);
  return function Part(props: P) {
    return (
      <Suspense fallback={quiet ? null : <Loading />}>
        <Page {...props} />
      </Suspense>
    );
  };
}

function Loading() {
  return <p className="empty">{useTexts().t("app.loading")}</p>;
}
