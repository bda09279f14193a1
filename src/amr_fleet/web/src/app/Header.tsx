import { Button, Checkbox, type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";

import { useAssistant } from "../features/assistant/open";
import { loginApi } from "../features/login/api";
import { robotsApi } from "../features/robots/api";
import { endingAll, leftStanding, newestOf, whoSays } from "../features/robots/said";
import { useSearch } from "../features/search/open";
import { Effect } from "../features/whatif/Effect";
import { useCommand } from "../shared/api/command";
import { useSite } from "../shared/api/site";
import { clock, robotLabel, type Texts, useTexts } from "../shared/i18n/texts";
import { dateLine, simulatedDay } from "../shared/i18n/times";
import { useLive } from "../shared/live/live";
import { useMayOperate, useMe } from "../shared/session/me";
import { ask, note } from "../shared/ui/dialogs";
import { LanguageSwitch } from "../shared/ui/LanguageSwitch";
import { useLetters } from "./letters_switch";

export function Header() {
  const texts = useTexts();
  const site = useSite();
  const connection = useLive((s) => s.connection);
  const name = site === undefined ? texts.t("app.title") : texts.lang === "vi" ? site.name_vi : site.name_en;
  return (
    <header className="head">
      <div className="head-site">
        <h1>{name}</h1>
        <span className={`conn conn-${connection}`}>{texts.t(`conn.${connection}`)}</span>
      </div>
      <Clock />
      <Counters />
      <div className="head-actions">
        <SearchButton />
        <AssistantButton />
        <PauseAll />
        <LanguageSwitch />
        <UserMenu />
      </div>
    </header>
  );
}

export function Clock() {
  const texts = useTexts();
  const t = useLive((s) => s.panel?.t);
  const rtf = useLive((s) => s.panel?.rtf ?? 1);
  return (
    <div className="head-clock">
      <small>{clockLabel(t, texts)}</small>
      <div>
        <b>{t === undefined ? "--:--:--" : clock(t)}</b>
        {Math.abs(rtf - 1) > 0.15 && <span>×{texts.num(rtf, rtf < 10 ? 1 : 0)}</span>}
      </div>
    </div>
  );
}

/** What the clock shows: the site's time with date and zone, or the time of a simulation. */
function clockLabel(t: number | undefined, { t: text }: Texts): string {
  if (t === undefined) return text("head.clock");
  return dateLine(t) ?? text("head.clock_simulated", { day: simulatedDay(t) });
}

export function Counters() {
  const { t, num, age } = useTexts();
  const kpi = useLive((s) => s.panel?.kpi);
  const longest = useLive((s) => s.panel?.waits.longest ?? "");
  const waited = useLive((s) => Math.round(s.panel?.waits.longest_s ?? 0));
  const p95 = kpi?.service_p95_s ?? null;
  return (
    <dl className="counters">
      <Counter label={t("head.open")} value={num(kpi?.orders_open)} />
      <Counter label={t("head.done")} value={num(kpi?.orders_done)} />
      <Counter label={t("head.per_hour")} value={num(kpi?.orders_per_hour)} />
      <Counter
        label={t("head.p95")}
        value={p95 === null || p95 === 0 ? "–" : `${num(p95 / 60, 1)} ${t("unit.minutes")}`}
        help={t("head.p95_help")}
      />
      <Counter label={t("head.longest")} value={longest === "" ? "–" : age(waited)} help={longest === "" ? t("waits.none") : t("waits.longest", { robot: robotLabel(longest), age: age(waited) })} />
      {kpi !== undefined && kpi.deadlocks > 0 && <Counter label={t("head.deadlocks")} value={num(kpi.deadlocks)} bad />}
    </dl>
  );
}

function Counter({ label, value, help, bad = false }: { label: string; value: string; help?: string; bad?: boolean }) {
  return (
    <div className={bad ? "counter counter-bad" : "counter"} title={help}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function SearchButton() {
  const { t } = useTexts();
  const setOpen = useSearch((s) => s.setOpen);
  return (
    <Button variant="default" className="search-button" onClick={() => setOpen(true)} title={t("search.title")} aria-keyshortcuts="Control+K">
      {t("search.open")} <kbd>Ctrl K</kbd>
    </Button>
  );
}

function AssistantButton() {
  const { t } = useTexts();
  const { open, setOpen } = useAssistant();
  return (
    <Button variant="default" className="assistant-button" onClick={() => setOpen(!open)} aria-expanded={open} title={t("assistant.about")}>
      {t("assistant.title")}
    </Button>
  );
}

function PauseAll() {
  const texts = useTexts();
  const all = useLive((s) => s.panel?.all_paused ?? false);
  const some = useLive((s) => s.panel?.robots.some((robot) => robot.pauses.some((pause) => pause.scope === "all")) ?? false);
  if (!useMayOperate()) return null;
  return (
    <>
      {!all && <StopAll texts={texts} />}
      {(all || some) && <ResumeAll texts={texts} />}
    </>
  );
}

/** Stops all at once when asked. */
function StopAll({ texts: { t } }: { texts: Texts }) {
  const count = useLive((s) => s.panel?.robots.length ?? 0);
  const command = useCommand(() => robotsApi.pause(null));
  const press = async (): Promise<void> => {
    const driving = (useLive.getState().panel?.robots ?? []).filter((robot) => !robot.paused).map((robot) => robot.name);
    const yes = await ask({
      title: t("ask.pause_all.title"),
      body: t("ask.pause_all.body", { count }),
      ...(driving.length === 0 ? {} : { detail: <Effect change={{ paused_robots: driving }} /> }), // told when it is known: the stop waits for nothing
      confirm: t("head.pause_all"),
    });
    if (yes) command.mutate();
  };
  return (
    <Button variant="default" className="pause-all" loading={command.isPending} disabled={count === 0} onClick={() => void press()}>
      {t("head.pause_all")}
    </Button>
  );
}

/** Lets go on what oneself stopped with all, and, when that is said after a look at whose it is, what others did. */
function ResumeAll({ texts }: { texts: Texts }) {
  const { t } = texts;
  const me = useMe().data?.user ?? "";
  const command = useCommand(
    (of: { instead_of: string[]; seen: number; left: number; by: string }) => robotsApi.resume(null, { instead_of: of.instead_of, seen: of.seen }),
    (_, of) => {
      if (of.left > 0) note(t("held.all_left", { count: of.left, user: of.by }));
    },
  );
  const press = async (): Promise<void> => {
    const robots = useLive.getState().panel?.robots ?? [];
    const { theirs, others, mine } = endingAll(robots, me);
    const user = others.join(", ");
    const left = leftStanding(robots, others);
    const choice = mine && others.length > 0; // one's own end in any case, those of others when it is ticked
    let theirsToo = others.length > 0 && !mine;
    const yes = await ask({
      title: t("ask.resume_all.title"),
      body: [...(user === "" ? [] : [whoSays(theirs, texts)]), t("ask.resume_all.body", { count: robots.length })].join(" "),
      ...(choice ? { detail: <Checkbox mt="sm" label={t("held.all_too", { count: left, user })} onChange={(event) => (theirsToo = event.currentTarget.checked)} /> } : {}),
      ...(user === "" ? {} : { warning: t(choice ? "held.sure_too" : "held.sure", { user }) }),
      confirm: user === "" || choice ? t("head.resume_all") : t("held.resume_for", { user }),
    });
    if (yes) command.mutate({ instead_of: theirsToo ? others : [], seen: newestOf(theirs), left: theirsToo ? 0 : left, by: user });
  };
  return (
    <Button variant="filled" className="resume-all" loading={command.isPending} onClick={() => void press()}>
      {t("head.resume_all")}
    </Button>
  );
}

function UserMenu() {
  const { t } = useTexts();
  const me = useMe().data;
  const client = useQueryClient();
  const [, go] = useLocation();
  const leave = async (): Promise<void> => {
    const out = await loginApi.logout().catch(() => undefined);
    if (out !== undefined && out.url !== "") {
      window.location.assign(out.url); // out at the provider, too, which sends the browser back
      return;
    }
    go("/"); // the next person may not see this page
    await client.resetQueries();
  };
  if (me === undefined) return null;
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Button variant="default" className="user-button" data-testid="user-menu">
          {me.user}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t(`role.${me.role}`)}</Menu.Label>
        <Menu.Item onClick={() => go("/wall")}>{t("wall.open")}</Menu.Item>
        <Menu.Item onClick={() => useLetters.setState({ sheet: true })}>{t("keys.title")}</Menu.Item>
        <Menu.Divider />
        <ThemeItems />
        <Menu.Divider />
        <Menu.Item onClick={() => go("/password")}>{t("password.title")}</Menu.Item>
        <Menu.Item onClick={() => go("/second-factor")}>{t("login.second")}</Menu.Item>
        <Menu.Item onClick={() => void leave()}>{t("head.logout")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const THEMES = ["auto", "light", "dark"] as const;

/** Light, dark, or as the computer is set; this browser remembers it. */
function ThemeItems() {
  const { t } = useTexts();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu.Label>{t("theme.title")}</Menu.Label>
      <Menu.RadioGroup value={colorScheme} onChange={(theme) => setColorScheme(theme as MantineColorScheme)}>
        {THEMES.map((theme) => (
          <Menu.RadioItem key={theme} value={theme}>
            {t(`theme.${theme}`)}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
