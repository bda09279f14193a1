import { useQuery } from "@tanstack/react-query";

import { useTexts } from "../../shared/i18n/texts";
import { type WhatIfQuestion, whatIfApi } from "./api";
import { effectOf, sawTooLittle } from "./effect";

const SHOWN = 6;
const KEPT_MS = 15_000;
/** A computer that was too busy to look ahead is asked again while somebody waits for the answer. */
const AGAIN_MS = 6_000;

/** What a command would do to the orders, worked out by the fleet before it is given. */
export function Effect({ change }: { change: Partial<WhatIfQuestion> }) {
  const { t, age } = useTexts();
  const question: WhatIfQuestion = { closed_places: [], lost_robots: [], resting_robots: [], new_lots: [], paused_robots: [], cancelled_orders: [], zones: [], ...change };
  const query = useQuery({ queryKey: ["effect", question], queryFn: () => whatIfApi.whatIf(question), staleTime: KEPT_MS, retry: false, refetchOnWindowFocus: false, refetchInterval: (asked) => (asked.state.data !== undefined && sawTooLittle(asked.state.data) ? AGAIN_MS : false) });
  if (query.isPending) return <p className="row-dim effect" data-testid="effect">{t("effect.working")}</p>;
  if (query.data === undefined) return <p className="row-dim effect" data-testid="effect">{t("effect.unknown")}</p>;
  const { stranded, later, only } = effectOf(query.data);
  if (sawTooLittle(query.data)) return <p className="row-dim effect" data-testid="effect">{t("effect.nothing_seen")}</p>;
  const more = (count: number): string => (count > SHOWN ? ` ${t("causes.more", { count: count - SHOWN })}` : "");
  return (
    <div className="effect" data-testid="effect">
      {only !== null && <p className="row-dim">{t("effect.partial", { age: age(only) })}</p>}
      {stranded.length > 0 && (
        <p className="text-red">
          {t("effect.strands", { orders: stranded.slice(0, SHOWN).map((o) => o.order_id).join(", ") })}
          {more(stranded.length)}
        </p>
      )}
      {later.length > 0 && (
        <p>
          {t("effect.later", { orders: later.slice(0, SHOWN).map((d) => `${d.order} ${age(d.seconds)}`).join(", ") })}
          {more(later.length)}
        </p>
      )}
      {stranded.length + later.length === 0 && <p>{t("effect.none")}</p>}
    </div>
  );
}
