import "./keys.css";

import { Modal, Switch } from "@mantine/core";

import type { Findable } from "../features/search/find";
import { useTexts } from "../shared/i18n/texts";
import { LETTERS } from "./letters";
import { setLetters, useLetters } from "./letters_switch";

/** What each key does. */
export default function KeysSheet({ pages }: { pages: readonly Findable[] }) {
  const { t } = useTexts();
  const { on, sheet } = useLetters();
  const rows: [string, string][] = [
    ["Ctrl K", t("search.open")],
    ["/", t("search.open")],
    ["N", t("keys.new_order")],
    ["P", t("head.pause_all")],
    ["?", t("keys.title")],
    ["Esc", t("close")],
    ["Tab", t("keys.tab")],
  ];
  const map: [string, string][] = [
    ["← ↑ → ↓", t("keys.map_move")],
    ["+ −", t("keys.map_zoom")],
    ["0", t("map.fit")],
  ];
  const draw: [string, string][] = [
    ["← ↑ → ↓", t("keys.draw_move")],
    ["Shift", t("keys.draw_fine")],
    ["Enter", t("keys.draw_set")],
  ];
  return (
    <Modal opened={sheet} onClose={() => useLetters.setState({ sheet: false })} title={t("keys.title")} size="xl" centered closeButtonProps={{ "aria-label": t("close") }}>
      <div className="keys">
        <Keys title={t("keys.anywhere")} rows={rows} />
        <Keys title={t("keys.pages")} rows={pages.flatMap((page): [string, string][] => (LETTERS[page.href] === undefined ? [] : [[`G ${LETTERS[page.href]?.toUpperCase()}`, page.title]]))} />
        <Keys title={t("keys.map")} rows={map} />
        <Keys title={t("keys.draw")} rows={draw} />
      </div>
      <Switch mt="md" label={t("keys.letters")} checked={on} onChange={(event) => setLetters(event.currentTarget.checked)} />
    </Modal>
  );
}

function Keys({ title, rows }: { title: string; rows: readonly [string, string][] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {rows.map(([key, text]) => (
          <div key={key + text}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
