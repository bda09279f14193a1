import { type ComponentType, lazy, useState } from "react";

import { retried } from "../shared/api/retried";
import { PageBoundary } from "./PageBoundary";

type Load = () => Promise<{ default: ComponentType }>;

/** A page whose code comes when it is opened; a page that cannot be loaded or breaks says so and takes nothing else away. */
export function lazyPage(load: Load): ComponentType {
  let View = lazy(() => retried(load));
  return function Page() {
    const [Shown, setShown] = useState(() => View);
    const again = (): void => {
      View = lazy(() => retried(load)); // React keeps a failed import for ever
      setShown(() => View);
    };
    return (
      <PageBoundary again={again}>
        <Shown />
      </PageBoundary>
    );
  };
}
