"""A browser that takes push messages: its PushManager, which would ask its maker for an address, is replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

_PUSH_MANAGER = """(() => {
  const given = GIVEN;
  let made = null;
  const plain = (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = (text) => Uint8Array.from(plain(text), (one) => one.charCodeAt(0)).buffer;
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    made = {
      endpoint: given.endpoint, options: { applicationServerKey: bytes(applicationServerKey) },
      toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
      unsubscribe: async () => { made = null; return true; },
    };
    return made;
  };
})()"""


def push_manager(given: Mapping[str, str]) -> str:
    """Return the script of a page whose browser gives this when it is switched on."""
    return _PUSH_MANAGER.replace("GIVEN", json.dumps(given))


def _worker(page: Page) -> tuple[Any, str]:
    """Return a line to the DevTools and the registration's id there."""
    line, ids = page.context.new_cdp_session(page), list[str]()
    line.on(
        "ServiceWorker.workerRegistrationUpdated", lambda e: ids.extend(r["registrationId"] for r in e["registrations"])
    )
    line.send("ServiceWorker.enable")
    while not ids:
        page.wait_for_timeout(50)
    return line, ids[-1]


def notifications(page: Page) -> list[dict[str, str]]:
    """Return what the service worker shows."""
    found: list[dict[str, str]] = page.evaluate(
        """navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all =>
             all.map(({ title, body, tag, data }) => ({ title, body, tag, data })))"""
    )
    return found


def deliver(page: Page, url: str, *texts: str) -> None:
    """Hand messages to the service worker, as a browser does with what its service sent and it has decrypted."""
    line, registration = _worker(page)
    for text in texts:
        said = {"origin": url, "registrationId": registration, "data": text}
        line.send("ServiceWorker.deliverPushMessage", said)
