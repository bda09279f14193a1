import "./styles.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { type ApiError, asApiError } from "../../shared/api/request";
import { useTexts } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import { sessionEnded } from "../../shared/session/ended";
import { leave } from "../../shared/session/leaving";
import { useMe } from "../../shared/session/me";
import { rememberedWorker, rememberWorker } from "../../shared/session/worker";
import { ask } from "../../shared/ui/dialogs";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { type Said, type Task, workApi } from "./api";
import { CallForm } from "./CallForm";
import { type Last, serverTime } from "./last";
import { add, flush, HOLD_MS, letGo, useOutbox, waits } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { PlaceChooser, usePlaces } from "./places";
import { keepReader } from "./reader";
import { remembered, remember } from "./remember";
import { SayForm } from "./SayForm";
import { TaskList } from "./TaskList";
import { Unsent } from "./Unsent";

const POLL_MS = 4_000;
const SEND_MS = 5_000;

type Form = { what: "call" } | { what: "wrong" | "damaged"; task: Task };

/** The page of who stands at a dock with a phone: what comes and goes here, large buttons, and all of it without a network for a while. */
export default function WorkPage() {
  const me = useMe().data;
  const user = me?.user ?? rememberedWorker() ?? "";
  useEffect(() => {
    if (me?.role === "worker") rememberWorker(me.user);
  }, [me]);
  useEffect(() => void keepReader(), []);
  useOther();
  useSending(user);
  return <OwnPage key={user} user={user} />; // what one has begun to write is not the next one's
}

function OwnPage({ user }: { user: string }) {
  const t = useWorkTexts();
  const places = usePlaces();
  const [place, setPlace] = useState<string | null>(() => remembered<string>("place"));
  const [form, setForm] = useState<Form | null>(null);
  const [gone, setGone] = useState("");
  const choose = (id: string | null): void => {
    remember("place", id);
    setPlace(id);
    setGone("");
  };
  const name = places.name(place ?? "");
  if (place === null) {
    return (
      <Frame user={user} title={t("where")}>
        {gone !== "" && (
          <p className="work-band work-cut" role="alert">
            {t("gone", { place: gone })}
          </p>
        )}
        <PlaceChooser places={places.all} choose={choose} />
      </Frame>
    );
  }
  if (form !== null) {
    const close = (): void => setForm(null);
    return (
      <Frame user={user} title={name}>
        {form.what === "call" ? <CallForm user={user} place={place} close={close} /> : <SayForm user={user} place={place} task={form.task} said={form.what} close={close} />}
      </Frame>
    );
  }
  return (
    <Frame user={user} title={name} other={() => choose(null)}>
      <AtPlace
        key={place}
        user={user}
        place={place}
        open={setForm}
        gone={() => {
          choose(null);
          setGone(name);
          places.again();
        }}
      />
    </Frame>
  );
}

/** Go on as who is logged in on this device, once the server says that it is somebody else. */
function useOther(): void {
  const client = useQueryClient();
  const other = useOutbox((s) => s.other);
  useEffect(() => {
    if (other === null) return;
    useOutbox.setState({ other: null });
    client.setQueryData(["me"], other);
  }, [client, other]);
}

/** Try what waits, at once when there is a network again. */
function useSending(user: string): void {
  useEffect(() => {
    if (user === "") return undefined;
    const send = (): void => void flush(user);
    send();
    const timer = window.setInterval(send, SEND_MS);
    const hidden = (): void => {
      // Twice: the first may be one that had stopped at what was kept back.
      if (document.visibilityState === "hidden") void letGo().then(() => flush(user)).then(() => flush(user));
    };
    window.addEventListener("online", send);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener("online", send);
      document.removeEventListener("visibilitychange", hidden);
    };
  }, [user]);
}

function Frame({ user, title, other, children }: { user: string; title: string; other?: () => void; children: React.ReactNode }) {
  const t = useWorkTexts();
  const client = useQueryClient();
  const worker = useMe().data?.role !== "operator";
  const unsent = useOutbox((s) => s.items.filter((item) => item.user === user && waits(item)).length);
  const goOut = async (): Promise<void> => {
    if (unsent > 0 && !(await ask({ title: t("leave_unsent", { count: unsent }), body: t("leave_unsent_body"), confirm: t("leave") }))) return;
    rememberWorker(null);
    await leave().catch(() => undefined); // it is noted, and sent before anything else
    await client.resetQueries();
  };
  return (
    <main className="work">
      <header className="work-head">
        <h1>{title}</h1>
        {other !== undefined && (
          <button type="button" className="work-button" onClick={other}>
            {t("change_place")}
          </button>
        )}
      </header>
      {children}
      <footer className="work-foot">
        <span>{user}</span>
        <LanguageSwitch />
        {worker && (
          <button type="button" className="work-button" onClick={() => void goOut()}>
            {t("leave")}
          </button>
        )}
      </footer>
    </main>
  );
}

interface Answer {
  /** The newest list, which is one of before where there is an error. */
  last: Last | null;
  error: ApiError | null;
}

/** The list, and the one of before while the server does not answer. stale: it is such a one. */
function useTasks(place: string): Answer & { stale: boolean } {
  const client = useQueryClient();
  const key = ["work", place];
  const query = useQuery({
    queryKey: key,
    // An error is an answer, too: while it is asked again the page goes on saying that the list is old.
    queryFn: async (): Promise<Answer> => {
      try {
        const last = { place, at: Date.now(), tasks: await workApi.tasks(place) };
        remember("tasks", last);
        return { last, error: null };
      } catch (failure) {
        return { last: client.getQueryData<Answer>(key)?.last ?? lastOf(place), error: asApiError(failure) };
      }
    },
    refetchInterval: POLL_MS,
  });
  const { last, error } = query.data ?? { last: lastOf(place), error: null };
  const ended = error?.status === 401;
  useEffect(() => {
    if (ended) sessionEnded();
  }, [ended]);
  return { last, error: ended ? null : error, stale: query.data === undefined || error !== null };
}

function lastOf(place: string): Last | null {
  const last = remembered<Last>("tasks");
  return last?.place === place ? last : null;
}

/** That the list is not of now: there is no network, or what the server says instead. */
function NoAnswer({ error, last }: { error: ApiError; last: Last | null }) {
  const t = useWorkTexts();
  const { code } = useTexts();
  const time = last === null ? "" : stamp(last.tasks.unix);
  const cut = error.code === "client.unreachable";
  return (
    <p className="work-band work-cut" role="alert">
      {cut ? t(last === null ? "offline_empty" : "offline", { time }) : t(last === null ? "no_answer_empty" : "no_answer", { time, why: code(error.code, error.facts) })}
    </p>
  );
}

interface PlaceProps {
  user: string;
  place: string;
  open: (form: Form) => void;
  /** The site has no such place any more. */
  gone: () => void;
}

function AtPlace({ user, place, open, gone }: PlaceProps) {
  const t = useWorkTexts();
  const { last, error, stale } = useTasks(place);
  const waiting = useOutbox((s) => s.items);
  const told = useOutbox((s) => s.told);
  const pressed = useRef(new Set<string>());
  const unknown = error?.code === "order.unknown_place";
  useEffect(() => {
    if (unknown) gone();
  });
  const say = (task: Task, said: Said): void => {
    if (said === "wrong" || said === "damaged") return open({ what: said, task });
    const once = `${task.order_id} ${said}`;
    if (pressed.current.has(once)) return; // the second half of a double press
    pressed.current.add(once);
    const at = serverTime();
    const wait = said === "taken" ? HOLD_MS : 0;
    void add({ user, at, until: wait > 0 ? Date.now() + wait : 0, load: task.load_id, say: { order_id: task.order_id, said, place, at, read: "", text: "", photos: [] }, photos: [] }).then(() => {
      pressed.current.delete(once); // it is in the list of what waits
      window.setTimeout(() => void flush(user), wait);
    });
  };
  return (
    <>
      {error !== null && <NoAnswer error={error} last={last} />}
      {last?.tasks.fire === true && (
        <p className="work-band work-fire" role="alert">
          {t("fire")}
        </p>
      )}
      {last?.tasks.robots_stopped === true && <p className="work-band work-cut">{t("stopped")}</p>}
      <Unsent user={user} />
      <button type="button" className="work-button work-strong work-call" onClick={() => open({ what: "call" })}>
        {t("call")}
      </button>
      {last === null ? <Loading cut={error !== null} /> : <TaskList tasks={last.tasks} since={last.at} stale={stale} waiting={waiting} told={told} say={say} />}
    </>
  );
}

function Loading({ cut }: { cut: boolean }) {
  const { t } = useTexts();
  return cut ? null : <p className="empty">{t("app.loading")}</p>;
}
