import "./shared/ui/fonts.css";
import "./shared/ui/mantine.css";
import "./shared/ui/styles.css";

import { createTheme, localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { askAgain } from "./shared/api/again";
import { loadCodes, useLang, useTexts } from "./shared/i18n/texts";

const FONT = '"Be Vietnam Pro", system-ui, sans-serif';
const theme = createTheme({
  fontFamily: FONT,
  headings: { fontFamily: FONT },
  primaryColor: "slate",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: "sm",
  cursorType: "pointer",
  colors: {
    slate: ["#f2f4f6", "#e3e7eb", "#cbd2d9", "#b0bac5", "#94a1af", "#7a8998", "#62717f", "#475665", "#384552", "#28323c"],
    dark: ["#e2e7ec", "#c3cbd4", "#a3afbb", "#8793a0", "#4a5664", "#37414b", "#252c34", "#1d232a", "#14181d", "#0f1216"],
  },
});
/** Of this page alone: the server lets no other style element through. Mantine asks for it, dialogs' lock of scrolling looks for the global. */
const nonce = document.querySelector<HTMLMetaElement>("meta[name=styles]")?.nonce ?? "";
Object.assign(globalThis, { __webpack_nonce__: nonce });
const scheme = localStorageColorSchemeManager({ key: "amr.theme" });
const client = new QueryClient({
  defaultOptions: {
    queries: { retry: 1, refetchOnWindowFocus: false, networkMode: "always", refetchInterval: askAgain },
    // Never kept for later: a command that is carried out minutes after the press may hurt somebody.
    mutations: { networkMode: "always" },
  },
});

document.documentElement.lang = useLang.getState().lang;
/** Buttons that close have only a cross: who does not see it is told what it does. */
function Themed({ children }: { children: ReactNode }) {
  const { t } = useTexts();
  return (
    <MantineProvider theme={{ ...theme, components: { CloseButton: { defaultProps: { "aria-label": t("close") } } } }} defaultColorScheme="auto" colorSchemeManager={scheme} getStyleNonce={() => nonce}>
      {children}
    </MantineProvider>
  );
}

function render(root: HTMLElement): void {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Themed>
          <App />
        </Themed>
      </QueryClientProvider>
    </StrictMode>,
  );
}
/** The service worker keeps the shell, so that the page opens while the server restarts. Browsers allow it over TLS and on localhost. */
function keepShell(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  window.addEventListener("load", () => void serviceWorker.register("/sw.js").catch(() => undefined)); // without it, a reload needs the server
  void serviceWorker.ready.then(({ active }) => {
    const told = (loaded: PerformanceEntryList): void => {
      const files = loaded.map((one) => one.name).filter((name) => name.includes("/assets/"));
      if (files.length > 0) active?.postMessage(files);
    };
    new PerformanceObserver((seen) => told(seen.getEntries())).observe({ type: "resource", buffered: true });
  });
}

keepShell();
const root = document.getElementById("root");
if (root !== null) void loadCodes(useLang.getState().lang).then(() => render(root));
