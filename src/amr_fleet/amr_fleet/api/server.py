"""Run the API in a thread of its own with its own event loop, beside the fleet's engine and the ROS executor."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.api.app import STATIC, create_app
from amr_fleet.api.assisting import load_grammar
from amr_fleet.api.own_tls import OwnTls
from amr_fleet.api.patience import CountedSocket, ImpatientProtocol
from amr_fleet.api.photos import PhotoStore
from amr_fleet.api.users import UserStore
from amr_fleet.assistant.language_model import LanguageModel
from amr_fleet.enrolment import EnrolmentDesk
from amr_fleet.listener import listen, shown
from amr_fleet.logs import configure_logs
from amr_fleet.neighbours.order_traces import TraceSpan
from amr_fleet.oidc.settings import OidcSettings
from amr_fleet.ops import Ops
from amr_fleet.ports import ANSWER_SECONDS, FleetPort

# as often as the engine's side looks (api_process.pulse.BEAT_S): more often is traffic for nothing
TURNED_SECONDS: Final = 1.0
# chosen: all is imported before, so it listens in a second or two; longer hides one that never will
START_SECONDS: Final = 15.0
GRAMMAR_AFTER: Final = 5.0
"""s that the grammar waits: after a kill robots and pages need the computer first. A question begins it at once."""
# chosen: answers under way get out; a request that waits for the engine ends by then (ANSWER_SECONDS)
STOP_SECONDS: Final = 5.0


@dataclass(frozen=True)
class ApiHandle:
    """A running API."""

    url: str
    stop: Callable[[], None]


def start(
    port: FleetPort,
    site: Site,
    *,
    host: str = "127.0.0.1",
    port_number: int = 8080,
    users: UserStore,
    static: Path = STATIC,
    secure_cookies: bool = False,
    ops: Ops | None = None,
    hosts: Sequence[str] = (),
    proxy: str = "",
    review: Path | None = None,
    enrolment: EnrolmentDesk | None = None,
    language_model: LanguageModel | None = None,
    oidc: OidcSettings | None = None,
    photos: Path | None = None,
    listener: socket.socket | None = None,
    turned: Callable[[], None] | None = None,
    traced: tuple[Callable[[TraceSpan], object], str] | None = None,
    tls: OwnTls | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> ApiHandle:
    """Serve the API and the dashboard; port_number 0 takes a free one. Raise run.port_taken when it is in use.

    The default host is reachable from this machine only. Behind TLS set secure_cookies; tls: its own, which implies
    that. hosts: names beside the machine's own under which browsers ask for it. proxy: address of the only one whose
    X-Forwarded-For is believed.
    photos: folder for the pictures of workers, None = none is kept. listener: a socket that listens already.
    turned: the event loop calls it every second, for who watches whether it hangs.
    traced: what takes spans, and the place of the journal. answer_seconds: patience with the fleet.
    """
    configure_logs()
    heard = listener or listen(host, port_number)
    pictures = PhotoStore(photos)
    app = create_app(
        port,
        site,
        users,
        static=static,
        secure_cookies=secure_cookies or tls is not None,
        answer_seconds=answer_seconds,
        ops=ops,
        hosts=hosts,
        review=review,
        enrolment=enrolment,
        language_model=language_model,
        photos=pictures,
        traced=traced,
        oidc=oidc,
    )
    no_grammar = _read_later(app)

    def end() -> None:
        no_grammar()
        pictures.close()

    stop = _run(TurningServer(_configured(app, proxy, tls), turned, tls), heard, end)
    return ApiHandle(url=shown(host, heard, "http" if tls is None else "https"), stop=stop)


def _read_later(app: FastAPI) -> Callable[[], None]:
    """Load the assistant's grammar after a while; return what ends the waiting."""
    reading = threading.Timer(GRAMMAR_AFTER, load_grammar, (app.state.context,))
    reading.daemon = True
    reading.start()
    return reading.cancel


class TurningServer(uvicorn.Server):
    """uvicorn's server that says about every second that its loop turns.

    uvicorn's own callback counts by the wall clock, and by turns: it is silent for as long as that clock was set back,
    and comes late where each turn takes long.
    """

    def __init__(self, config: uvicorn.Config, turned: Callable[[], None] | None, tls: OwnTls | None = None) -> None:
        """Take what `start` takes."""
        super().__init__(config)
        self._tls = tls
        self._turned, self._told = turned, -TURNED_SECONDS

    async def on_tick(self, counter: int) -> bool:
        """Do what is to be done ten times a second; return whether to end."""
        now = time.monotonic()
        if self._tls is not None:
            self._tls.look(now)
        if self._turned is not None and now - self._told >= TURNED_SECONDS:
            self._told = now
            self._turned()
        return await super().on_tick(counter)


def _configured(app: FastAPI, proxy: str, tls: OwnTls | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws=CountedSocket,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxy),  # by default uvicorn believes whoever is on this machine
        forwarded_allow_ips=[proxy] if proxy else [],
        ws_max_size=4096,
        ws_per_message_deflate=False,  # compresses for each client; the live feed does it once for all
        ws_ping_interval=20.0,
        timeout_graceful_shutdown=2,
        lifespan="off",
        ssl_context_factory=None if tls is None else lambda _config, _default: tls.context,
    )


def _run(server: uvicorn.Server, heard: socket.socket, end: Callable[[], None]) -> Callable[[], None]:
    """Run a server in a thread until what is returned is called, which calls end, too. Raise internal if it cannot."""
    thread = threading.Thread(target=server.run, args=([heard],), name="fleet_api", daemon=True)

    def stop() -> None:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        end()
        heard.close()

    thread.start()
    try:
        _wait_started(server, thread)
    except AmrError:
        stop()
        raise
    return stop


def _wait_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise AmrError("internal", reason="the API server did not start")
        time.sleep(0.01)
