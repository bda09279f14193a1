import "./wall.css";

import { Loader } from "@mantine/core";
import { useEffect } from "react";
import { Link, useLocation } from "wouter";

import { MapView } from "../features/map/MapView";
import { useSite } from "../shared/api/site";
import { useTexts } from "../shared/i18n/texts";
import { Clock, Counters } from "./Header";

/** The map alone, with large robots, for a screen on the wall: the alarms, the clock and the counters stay, buttons do not. */
export default function WallPage() {
  const { t } = useTexts();
  const site = useSite();
  const [, go] = useLocation();
  useStaysAwake();
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      // A dialog that is open takes the key itself; it is still there while the event comes down.
      if (event.key === "Escape" && document.querySelector('[role="dialog"]') === null) go("/");
    };
    window.addEventListener("keydown", leave, true);
    return () => window.removeEventListener("keydown", leave, true);
  }, [go]);
  return (
    <main className="wall" aria-label={t("wall.label")}>
      <div className="wall-head">
        <Clock />
        <Counters />
        <Link href="/" className="wall-leave">
          {t("wall.leave")}
        </Link>
      </div>
      {site === undefined ? <Loader size="sm" /> : <MapView site={site} large />}
    </main>
  );
}

/** Ask the system not to darken the screen, again each time that the page comes back into view. */
function useStaysAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let gone = false;
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      lock = await navigator.wakeLock.request("screen").catch(() => null); // a low battery refuses it
      if (gone) void lock?.release();
    };
    const asked = (): void => void ask();
    asked();
    document.addEventListener("visibilitychange", asked);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", asked);
      void lock?.release();
    };
  }, []);
}
