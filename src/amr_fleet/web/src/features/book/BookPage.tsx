import "./styles.css";

import { asApiError } from "../../shared/api/request";
import type { BookOrder } from "../../shared/api/types";
import { clock, robotLabel } from "../../shared/i18n/texts";
import { useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { orderKinds } from "../order_form/form";
import { priorityWord } from "../order_form/priority";
import { bookApi, type Schedule, type Template } from "./api";
import { Cutoffs } from "./Cutoffs";
import { useBook, useBookCommand, useWay } from "./hooks";
import { NewSchedule } from "./NewSchedule";
import { useOwnTexts } from "./own_texts";

/** What the office keeps beside the orders: trucks and barges that leave, templates, orders that come again. */
export default function BookPage() {
  const { t, code } = useOwnTexts();
  const query = useBook();
  const may = useMayOperate();
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.book")}</h2>
        </div>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && (
          <div className="cards">
            <Cutoffs cutoffs={query.data.cutoffs} may={may} />
            <Schedules schedules={query.data.schedules} may={may} />
            <Templates templates={query.data.templates} may={may} />
          </div>
        )}
      </div>
    </main>
  );
}

function Extras({ order }: { order: BookOrder }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const parts = [
    order.priority > 0 ? t("order.priority", { priority: priorityWord(order.priority, texts) }) : "",
    order.cutoff !== "" ? t("book.for_cutoff", { cutoff: order.cutoff }) : "",
    order.robot !== "" ? robotLabel(order.robot) : "",
    order.held && !order.until_ready ? t("book.held") : "",
    ...orderKinds(order).map((kind) => t(kind)),
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : <span className="row-dim">{parts.join(" · ")}</span>;
}

function Templates({ templates, may }: { templates: Template[]; may: boolean }) {
  const { t } = useOwnTexts();
  const way = useWay();
  const remove = useBookCommand(bookApi.removeTemplate);
  const press = async (name: string): Promise<void> => {
    if (await ask({ title: t("book.remove_title", { name }), body: t("book.remove_template"), confirm: t("book.remove") })) remove.mutate(name);
  };
  return (
    <section className="card">
      <h3>{t("book.templates")}</h3>
      {templates.length === 0 && <p className="empty">{t("book.no_templates")}</p>}
      <ul className="entries">
        {templates.map(({ name, order }) => (
          <li key={name} data-testid={`template-${name}`}>
            <div>
              <b>{name}</b>
              <span>{way(order)}</span>
              <Extras order={order} />
            </div>
            {may && (
              <button type="button" className="small" disabled={remove.isPending} aria-label={`${t("book.remove")} ${name}`} onClick={() => void press(name)}>
                {t("book.remove")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Schedules({ schedules, may }: { schedules: Schedule[]; may: boolean }) {
  const { t, age } = useOwnTexts();
  const way = useWay();
  const remove = useBookCommand(bookApi.removeSchedule);
  const press = async (name: string): Promise<void> => {
    if (await ask({ title: t("book.remove_title", { name }), body: t("book.remove_schedule"), confirm: t("book.remove") })) remove.mutate(name);
  };
  return (
    <section className="card">
      <h3>{t("book.schedules")}</h3>
      {schedules.length === 0 && <p className="empty">{t("book.no_schedules")}</p>}
      <ul className="entries">
        {schedules.map((s) => (
          <li key={s.name} data-testid={`schedule-${s.name}`}>
            <div>
              <b>{s.name}</b>
              <span>{way(s.order)}</span>
              <span className="row-dim">
                {t("book.every", { age: age(s.every) })} · {t("book.next", { time: clock(s.next_at).slice(0, -3) })}
                {s.due_in > 0 && ` · ${t("book.due", { age: age(s.due_in) })}`}
              </span>
              <Extras order={s.order} />
            </div>
            {may && (
              <button type="button" className="small" disabled={remove.isPending} aria-label={`${t("book.remove")} ${s.name}`} onClick={() => void press(s.name)}>
                {t("book.remove")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {may && <NewSchedule />}
    </section>
  );
}
