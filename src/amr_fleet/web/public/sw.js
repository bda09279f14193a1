/* global self, caches, fetch, URL, Response, location, AbortSignal */
/**
 * Shows alarms as push messages (below), and keeps the shell of the dashboard: a page that is opened while the server restarts shows itself and goes on by itself.
 * Only the page and the files under /assets/, whose names hold a hash of their content; never anything of the API.
 */
const CACHE = "amr-shell-1";
const MOST = 200; // files of builds that are long gone leave, the oldest first
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepShell());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && !url.pathname.startsWith("/api/")) event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

/** What pages have loaded, some of it before there was anybody to keep it: on the first visit a page comes before its worker. */
self.addEventListener("message", (event) => event.waitUntil(keep(event.data)));

async function keep(addresses) {
  const cache = await caches.open(CACHE);
  for (const address of addresses) {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin || !url.pathname.startsWith("/assets/")) continue;
    if ((await cache.match(url)) === undefined) await cache.add(url).catch(() => undefined);
  }
}

async function keepShell() {
  const cache = await caches.open(CACHE);
  const shell = await fetch("/", { cache: "no-cache" });
  if (!shell.ok) throw new Error("no shell");
  const names = [...(await shell.clone().text()).matchAll(/\/assets\/[\w.-]+/g)].map((found) => found[0]);
  await cache.put("/", shell);
  await cache.addAll(names);
}

/** The server's page; when it does not answer soon, or a proxy answers in its place, the one that was kept. */
async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (fresh.status < 500) {
      if (fresh.ok && !fresh.redirected) await cache.put("/", fresh.clone());
      return fresh;
    }
  } catch {
    // The kept one, then.
  }
  return (await cache.match("/")) ?? Response.error();
}

async function asset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) {
    await cache.put(request, fresh.clone());
    const names = await cache.keys();
    await Promise.all(names.slice(0, Math.max(0, names.length - MOST)).map((name) => cache.delete(name)));
  }
  return fresh;
}

/** An alarm that nobody takes. Something is shown whatever comes: a browser forgets who is told and shows nothing. */
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

/** Opens the page, where a person decides; nothing is done from a notification. */
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data));
});

const UNREADABLE = { title: "Cảnh báo từ hệ thống điều phối robot", body: "Không đọc được nội dung. Mở trang Cần xử lý để xem.", lang: "vi", alarm: "", url: "/attention" };

function show(data) {
  const { title, body, lang, alarm, url } = said(data);
  // One notification an alarm: the next step rings again in its place. It stays until somebody looks.
  return self.registration.showNotification(title, { body, lang, tag: alarm || "amr", renotify: true, requireInteraction: true, icon: "/icon.svg", data: url });
}

function said(data) {
  try {
    const found = data.json();
    const whole = Object.keys(UNREADABLE).every((name) => typeof found[name] === "string") && found.title !== "";
    return whole ? found : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

/** A tab that shows the page already comes to the front; another one is left alone: somebody may be typing there. */
async function openPage(address) {
  const wanted = new URL(typeof address === "string" ? address : "/attention", location.origin);
  const url = wanted.origin === location.origin ? wanted : new URL("/attention", location.origin);
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((one) => new URL(one.url).pathname === url.pathname);
  if (tab === undefined) return self.clients.openWindow(url.href);
  return tab.focus();
}
