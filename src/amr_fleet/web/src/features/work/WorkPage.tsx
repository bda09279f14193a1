import "./styles.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { asApiError } from "../../shared/api/request";
import { clock, useTexts } from "../../shared/i18n/texts";
import { sessionEnded } from "../../shared/session/ended";
import { leave } from "../../shared/session/leaving";
import { useMe } from "../../shared/session/me";
import { rememberedWorker, rememberWorker } from "../../shared/session/worker";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { type Said, type Task, workApi } from "./api";
import { CallForm } from "./CallForm";
import { type Last, serverTime } from "./last";
import { add, flush, useOutbox } from "./outbox";
import { useWorkTexts } from "./own_texts";
import { PlaceChooser, usePlaces } from "./places";
import { remembered, remember } from "./remember";
import { SayForm } from "./SayForm";
import { TaskList } from "./TaskList";
import { Unsent } from "./Unsent";

const POLL_MS = 4_000;
const SEND_MS = 5_000;

type Form = { what: "call" } | { what: "wrong" | "damaged"; task: Task };

/** The page of who stands at a dock with a phone: what comes and goes here, large buttons, and all of it without a network for a while. */
export default function WorkPage() {
  const t = useWorkTexts();
  const me = useMe().data;
  const user = me?.user ?? rememberedWorker() ?? "";
  const places = usePlaces();
  const [place, setPlace] = useState<string | null>(() => remembered<string>("place"));
  const [form, setForm] = useState<Form | null>(null);
  useEffect(() => {
    if (me?.role === "worker") rememberWorker(me.user);
  }, [me]);
  useOther();
  useSending(user);
  const choose = (id: string | null): void => {
    remember("place", id);
    setPlace(id);
  };
  const name = places.name(place ?? "");
  if (place === null) {
    return (
      <Frame user={user} title={t("where")}>
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
      <AtPlace key={place} user={user} place={place} open={setForm} />
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
    window.addEventListener("online", send);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener("online", send);
    };
  }, [user]);
}

function Frame({ user, title, other, children }: { user: string; title: string; other?: () => void; children: React.ReactNode }) {
  const t = useWorkTexts();
  const client = useQueryClient();
  const worker = useMe().data?.role !== "operator";
  const goOut = async (): Promise<void> => {
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

/** The list, and the one of before while there is no network. */
function useTasks(place: string): { last: Last | null; cut: boolean } {
  const query = useQuery({
    queryKey: ["work", place],
    queryFn: async (): Promise<Last> => {
      const last = { place, at: Date.now(), tasks: await workApi.tasks(place) };
      remember("tasks", last);
      return last;
    },
    refetchInterval: POLL_MS,
    retry: false,
  });
  const ended = query.error !== null && asApiError(query.error).status === 401;
  useEffect(() => {
    if (ended) sessionEnded();
  }, [ended]);
  return { last: query.data ?? lastOf(place), cut: query.error !== null && !ended };
}

function lastOf(place: string): Last | null {
  const last = remembered<Last>("tasks");
  return last?.place === place ? last : null;
}

function AtPlace({ user, place, open }: { user: string; place: string; open: (form: Form) => void }) {
  const t = useWorkTexts();
  const { last, cut } = useTasks(place);
  const waiting = useOutbox((s) => s.items);
  const say = (task: Task, said: Said): void => {
    if (said === "wrong" || said === "damaged") return open({ what: said, task });
    const at = serverTime();
    void add({ user, at, load: task.load_id, say: { order_id: task.order_id, said, place, at, read: "", text: "", photos: [] }, photos: [] }).then(() => flush(user));
  };
  return (
    <>
      {cut && (
        <p className="work-band work-cut" role="alert">
          {last === null ? t("offline_empty") : t("offline", { time: clock(last.at / 1000).slice(0, -3) })}
        </p>
      )}
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
      {last === null ? <Loading cut={cut} /> : <TaskList tasks={last.tasks} since={last.at} waiting={waiting} say={say} />}
    </>
  );
}

function Loading({ cut }: { cut: boolean }) {
  const { t } = useTexts();
  return cut ? null : <p className="empty">{t("app.loading")}</p>;
}
