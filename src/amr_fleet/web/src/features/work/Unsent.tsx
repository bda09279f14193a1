import { useTexts } from "../../shared/i18n/texts";
import { drop, type Item, useOutbox, waits } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { usePlaces } from "./places";

/** What the server has not confirmed, in plain words, and what it did not take. */
export function Unsent({ user }: { user: string }) {
  const t = useWorkTexts();
  const { items, lasting } = useOutbox();
  if (items.length === 0) return null;
  const waiting = items.filter(waits);
  return (
    <section className="work-unsent" aria-live="polite" aria-label={t("unsent", { count: waiting.length })}>
      {waiting.length > 0 && <h2>{t("unsent", { count: waiting.length })}</h2>}
      <ul>
        {items.map((item) => (
          <li key={item.key}>
            <Line item={item} />
            {item.user !== user && <span className="work-dim"> · {t("of_other", { user: item.user })}</span>}
            {!waits(item) && <Read item={item} />}
            {waits(item) && item.user === user && <Drop item={item} />}
          </li>
        ))}
      </ul>
      {!lasting && <p className="work-dim">{t("not_stored")}</p>}
    </section>
  );
}

function Line({ item }: { item: Item }) {
  const t = useWorkTexts();
  const { name } = usePlaces();
  if (item.call !== undefined) return <>{t("called", { from: name(item.call.place), to: name(item.call.to_place) })}</>;
  return item.say === undefined ? null : (
    <>
      {t(`say.${item.say.said}`)} · {item.load ?? item.say.order_id}
    </>
  );
}

/** What became of it, until the person has read it. */
function Read({ item }: { item: Item }) {
  const t = useWorkTexts();
  const { code } = useTexts();
  const why = item.refused ?? item.without;
  return (
    <div className="work-refused" role="alert">
      <p>{t(item.refused === undefined ? "no_photo" : "refused", { why: code(why?.code ?? "", why?.facts ?? {}) })}</p>
      <Drop item={item} />
    </div>
  );
}

function Drop({ item }: { item: Item }) {
  const t = useWorkTexts();
  return (
    <button type="button" className="work-button" onClick={() => void drop(item.key)}>
      {t((item.until ?? 0) > 0 ? "undo" : "drop")}
    </button>
  );
}
