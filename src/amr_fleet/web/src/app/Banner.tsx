import { useEffect, useState } from "react";

import { FireBanner } from "../features/attention/FireBanner";
import { useTexts } from "../shared/i18n/texts";
import { frames, useLive } from "../shared/live/live";

/** One line under the header, only when the operator must know it. */
export function Banner() {
  const { t } = useTexts();
  const connection = useLive((s) => s.connection);
  const ready = useLive((s) => s.panel?.fleet_ready ?? true);
  const storage = useLive((s) => s.panel?.alarms.some((a) => a.reason.code === "alarm.storage") ?? false);
  const paused = useLive((s) => s.panel?.all_paused ?? false);
  const fire = useLive((s) => s.panel?.fire ?? null);
  const old = useLive((s) => Math.round(s.panel?.picture_age ?? 0));
  if (connection === "lost") return <Lost />;
  if (fire !== null || old > 0) {
    return (
      <>
        {fire !== null && <FireBanner fire={fire} />}
        {old > 0 && <Held seconds={old} />}
      </>
    );
  }
  if (storage) return null; // the strip of alarms says it, and "starting" would be wrong
  if (!ready) return <div className="banner">{t("conn.starting")}</div>;
  if (paused) return <div className="banner">{t("conn.all_paused")}</div>;
  return null;
}

/** What shows the fleet breaks, though the fleet goes on: the picture says how old it is. */
function Held({ seconds }: { seconds: number }) {
  const { t } = useTexts();
  return (
    <div className="banner banner-red" role="alert">
      {t("conn.held", { seconds })}
    </div>
  );
}

/** How old the picture is, counted on while there is no newer one. */
function Lost() {
  const { t } = useTexts();
  const [seconds, setSeconds] = useState(ageOfPicture);
  useEffect(() => {
    const timer = window.setInterval(() => setSeconds(ageOfPicture()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <div className="banner banner-red" role="alert">
      {seconds === null ? t("conn.lost") : t("conn.banner", { seconds })}
    </div>
  );
}

function ageOfPicture(): number | null {
  return frames.last === null ? null : Math.round((performance.now() - frames.lastAt) / 1000);
}
