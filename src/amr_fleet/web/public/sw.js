/* global self, caches, fetch, URL, Response, location, AbortSignal */
/**
 * Keeps the shell of the dashboard: a page that is opened while the server restarts shows itself and goes on by itself.
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
