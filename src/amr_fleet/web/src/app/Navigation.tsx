import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { useLocation } from "wouter";

import { type Key, useTexts } from "../shared/i18n/texts";
import { useMe } from "../shared/session/me";
import { mayUse } from "../shared/session/roles";
import { type Page, PAGES } from "./routes";

const MORE = "M5 12h.01M12 12h.01M19 12h.01";

type Entry = Page & { label: Key };

/** The pages: a column on a desk, a bar at the thumb on a phone. */
export function Navigation() {
  const { t } = useTexts();
  const role = useMe().data?.role;
  const entries = PAGES.filter((p): p is Entry => p.label !== undefined && mayUse(p.role, role));
  const rest = entries.filter((p) => p.phone !== true);
  return (
    <nav className="nav" aria-label={t("nav.label")}>
      {entries.map((page) => (
        <Item key={page.path} page={page} />
      ))}
      {rest.length > 0 && <More pages={rest} />}
    </nav>
  );
}

function isHere(page: Page, location: string): boolean {
  return page.path === "/" ? location === "/" : location === page.path || location.startsWith(`${page.path}/`);
}

function Item({ page }: { page: Entry }) {
  const { t } = useTexts();
  const [location, go] = useLocation();
  const here = isHere(page, location);
  return (
    <a
      href={page.path}
      className={`nav-item${here ? " nav-here" : ""}${page.phone === true ? "" : " nav-desk"}`}
      aria-current={here ? "page" : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(page.path);
      }}
    >
      <Icon path={page.icon ?? ""} />
      <span>{t(page.label)}</span>
    </a>
  );
}

function More({ pages }: { pages: readonly Entry[] }) {
  const { t } = useTexts();
  const [location, go] = useLocation();
  const here = pages.some((page) => isHere(page, location));
  return (
    <Menu position="top-end" width={240}>
      <Menu.Target>
        <button type="button" className={`nav-item nav-more${here ? " nav-here" : ""}`}>
          <Icon path={MORE} />
          <span>{t("nav.more")}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {pages.map((page) => (
          <Menu.Item key={page.path} leftSection={<Icon path={page.icon ?? ""} />} onClick={() => go(page.path)}>
            {t(page.label)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Icon({ path }: { path: string }): ReactNode {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round">
      <path d={path} />
    </svg>
  );
}
