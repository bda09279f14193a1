import "./styles.css";

import { useEffect, useLayoutEffect, useState } from "react";
import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useEnded } from "../../shared/session/ended";
import { sorted } from "./alarms";
import { armSound, ring, useSound } from "./bell";

/** In place of an alarm's id: who does not look at the page must hear that it hears of no alarm. */
const BLIND = "blind";
const BLIND_AFTER_S = 10;

/** Whether this page has heard of nothing for a while: no connection, or its session is over. It counts on, to ring again. */
function useBlind(): boolean {
  const lost = useLive((s) => s.connection === "lost");
  const ended = useEnded((s) => s.ended);
  const away = lost || ended;
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!away) return undefined;
    const timer = window.setInterval(() => setSeconds((old) => old + 1), 1000);
    return () => {
      window.clearInterval(timer);
      setSeconds(0);
    };
  }, [away]);
  return away && seconds >= BLIND_AFTER_S;
}

/** On every page: the first alarm that nobody has taken, how many more there are, and the sound. */
export function AlarmStrip() {
  const { t, code } = useTexts();
  const site = useSite();
  const alarms = useLive((s) => s.panel?.alarms);
  const untaken = sorted(alarms ?? []).filter((a) => a.acked_by === "");
  const blind = useBlind();
  const ids = untaken.map((a) => a.alarm_id).join();
  useEffect(() => ring([...(ids === "" ? [] : ids.split(",")), ...(blind ? [BLIND] : [])]));
  // Before the banner can be seen: whoever presses it at once must be heard.
  useLayoutEffect(() => armSound(), []);
  const first = untaken[0];
  return (
    <>
      <Unarmed />
      {first !== undefined && (
        <div role="status">
          <Link href="/attention" className="banner banner-red alarm-strip">
            <span>{code(first.reason.code, first.reason.facts, site)}</span>
            <b>{t("alarms.new", { count: untaken.length })}</b>
          </Link>
        </div>
      )}
    </>
  );
}

/** Browsers keep a page silent until somebody presses something on it: until then an alarm would be missed. */
function Unarmed() {
  const { t } = useTexts();
  const silent = useSound((s) => s.on && !s.armed);
  if (!silent) return null;
  return (
    <button type="button" className="banner sound-banner">
      {t("alarms.sound_unarmed")}
    </button>
  );
}
