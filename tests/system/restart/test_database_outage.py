"""PostgreSQL is stopped under a real fleet process over ROS, and started again minutes later: all goes on by itself.

A quarter of a minute with every change; AMR_OUTAGE_S says how long, `make nightly` takes the five minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.node.conftest import domain_id  # noqa: F401
from tests.store.conftest import Server, own_postgresql  # noqa: F401
from tests.system.restart.standby_pair import FleetOfPair, Floor
from tests.waiting import until

OUTAGE_S = float(os.environ.get("AMR_OUTAGE_S", "15"))
SETTLED_S = 5.0
"""After so long the last word that was on its way when the server ended is told, and the trouble is known."""


@pytest.fixture
def alone(own_postgresql: Server, tmp_path: Path, domain_id: int) -> Iterator[tuple[FleetOfPair, Floor]]:  # noqa: F811
    with ExitStack() as stack:
        database = own_postgresql.database()
        floor = Floor(database, tmp_path, domain_id)
        stack.callback(floor.close)
        fleet = FleetOfPair(database, tmp_path, "fleet", domain_id, standby=False)
        stack.callback(fleet.kill)
        assert until(lambda: fleet.ready), fleet.said()
        yield fleet, floor


class Page:
    """The live feed of somebody who had the dashboard open before; at: when it last came, monotonic s."""

    def __init__(self, fleet: FleetOfPair, floor: Floor) -> None:
        self.alarms: list[str] = []
        self.at = 0.0
        self._address, self._headers = f"ws://127.0.0.1:{fleet.port}/api/v1/live", floor.headers
        self._over = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        """Listen, and again where the connection ends, as the dashboard does."""
        while not self._over:
            with (
                contextlib.suppress(WebSocketException, OSError),
                connect(self._address, additional_headers=self._headers, ping_interval=None) as socket,
            ):
                while not self._over:
                    told = json.loads(socket.recv(timeout=5.0))
                    self.alarms = [alarm["reason"]["code"] for alarm in told["alarms"]]
                    self.at = time.monotonic()
            time.sleep(0.2)

    def close(self) -> None:
        self._over = True
        self._thread.join()


@pytest.mark.timeout(OUTAGE_S + 400)
def test_the_page_stays_up_robots_finish_their_base_and_each_order_is_done_once(
    alone: tuple[FleetOfPair, Floor],
    own_postgresql: Server,  # noqa: F811
) -> None:
    fleet, floor = alone
    page = Page(fleet, floor)
    floor.order(6, fleet)
    assert until(lambda: len({word.robot for word in floor.node.words}) == 2), fleet.said()
    assert until(lambda: floor.node.yard.picked), fleet.said()

    own_postgresql.stop()
    floor.order(4, fleet)
    assert until(lambda: "alarm.storage" in page.alarms), "the banner of every page"
    time.sleep(SETTLED_S)
    words, end = len(floor.node.words), time.monotonic() + OUTAGE_S - SETTLED_S
    beats = len(floor.node.beats)
    while time.monotonic() < end:
        assert "alarm.storage" in page.alarms
        assert time.monotonic() - page.at < 10.0, "the page goes on"
        time.sleep(1.0)
    robots = httpx.get(f"http://127.0.0.1:{fleet.port}/api/v1/robots", headers=floor.headers, timeout=30.0)
    assert robots.status_code == 200, "who is logged in asks further"
    assert len(floor.node.words) == words, "no robot is granted anything"
    assert len(floor.node.beats) == beats, "no beat: nobody knows who leads"
    assert all(not state.base for state in floor.node.states.values()), "robots have finished their base, and stand"
    assert not fleet.ready

    own_postgresql.start()
    assert until(lambda: fleet.ready), "by itself"
    assert until(lambda: "alarm.storage" not in page.alarms)
    assert until(lambda: len(floor.customers.ledger.made) == 10), floor.customers.ledger
    dropped = floor.node.yard.dropped.total()
    assert until(lambda: floor.node.yard.dropped.total() > dropped + 1), fleet.said()
    assert fleet.process.poll() is None
    page.close()
    assert not any(floor.account().values()), floor.account()
