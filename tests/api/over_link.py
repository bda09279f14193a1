"""A fleet as the process of the API sees it (api_process): over a link, so that the tests of routes go through it.

`AMR_OVER_LINK=1 pytest tests/api` runs them all so; each read waits for the news, which takes some minutes in all.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Final

from amr_fleet.api_process.engine_side import TELL_S, EngineSide
from amr_fleet.api_process.remote import RemoteFleet
from amr_fleet.ports import BookView, EngineCondition, FleetPort, FleetSnapshot
from amr_fleet.sandbox.book import TrialBook

OVER_LINK: Final = bool(os.environ.get("AMR_OVER_LINK"))
_NEWS_S: Final = 0.06


class _Late(RemoteFleet):
    """Waits for the news before it answers: a test changes its fleet and asks at once."""

    def snapshot(self) -> FleetSnapshot:
        time.sleep(_NEWS_S)
        return super().snapshot()

    def condition(self) -> EngineCondition:
        time.sleep(TELL_S + _NEWS_S)
        return super().condition()

    def book(self) -> BookView:
        time.sleep(_NEWS_S)
        return super().book()

    def trials(self) -> TrialBook:
        time.sleep(_NEWS_S)
        return super().trials()


def over_link(fleet: FleetPort) -> FleetPort:
    """Return a fleet at the other end of a link, when AMR_OVER_LINK is set; else the fleet."""
    if not OVER_LINK:
        return fleet
    ours, theirs = socket.socketpair()
    side = EngineSide(fleet, ours, {})
    threading.Thread(target=side.serve, args=(lambda *_: None,), daemon=True).start()
    remote = _Late(theirs)
    remote.wait(20.0)
    return remote
