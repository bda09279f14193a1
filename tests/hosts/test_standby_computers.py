"""Two servers and PostgreSQL, each on a computer of its own, and a broker and robots on others (`make real`).

One server's computer is lost as by a cut cable or without power: nobody says a word of it, neither to the database,
which has to find out by itself, nor to the other server.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from functools import partial

import pytest

from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.copies import adopt
from amr_fleet.store.journal import read_entries
from tests.hosts.conftest import Saw
from tests.hosts.network import Network
from tests.hosts.site import ROBOTS, Site, until
from tests.store.conftest import Server, own_postgresql  # noqa: F401

pytestmark = [pytest.mark.hosts_long, pytest.mark.timeout(900)]
LEADS_S = 10.0
"""From the loss of the first server's computer to a second one that leads."""


class Computers:
    """A database, a broker, two servers and two robots, on six computers. beside: how a test reaches the database."""

    def __init__(self, network: Network, postgresql: Server) -> None:
        keeper = network.host("database")
        self.beside = postgresql.database()
        postgresql.stop()
        postgresql.let_in(f"{keeper.address}/24")
        postgresql.address = keeper.address
        keeper.call(postgresql.start)
        name = self.beside.partition("@/")[2].partition("?")[0]
        where = f"postgresql://postgres@{keeper.address}:5432/{name}"
        self.site = Site(network, network.host("broker"))
        self.site.start_broker()
        evidence = self.site.folder / "evidence"
        users = UserStore(self.beside, evidence=evidence)
        users.add("bench", os.urandom(12).hex(), "engineer")
        token = users.open_session("bench", "token", "bench")
        users.close()
        sent = f"sent_folder:={self.site.folder / 'vda5050'}"
        self.first, self.second = (
            Site(network, network.host(name), of=self.site, database=where) for name in ("server1", "server2")
        )
        self.first.token = self.second.token = token
        self.first.start_fleet(sent, f"evidence:={evidence}")
        until(self.first.ready, 120, "the first leads", self.site.words)
        own = self.second.folder / "evidence"
        own.mkdir(mode=0o700)
        shutil.copy(evidence / "evidence.key", own)
        adopt(self.beside, own)
        self.second.start_fleet("standby:=true", sent, f"evidence:={own}")
        for robot in ROBOTS:
            self.site.start_robot(network.host(robot), robot)
        for robot in ROBOTS:
            until(partial(self.first.online, robot), 120, f"{robot} online", self.site.words)
        until(lambda: "standby: takes over" in self.said(self.second), 120, "the second waits", self.site.words)

    def entries(self, kind: str) -> list[JournalEntry]:
        return [entry for entry in read_entries(self.beside) if entry.kind == kind]

    def under_way(self, order: str) -> bool:
        return any(e.order_id == order and self.site.driving(e.robot) for e in self.entries("order_assigned"))

    def said(self, server: Site) -> str:
        """All that a server's programs have written."""
        return "".join(log.read_text(errors="replace") for log in server.server.folder.rglob("*.log"))

    def lose_first(self) -> None:
        """Not a frame comes or goes any more: to database, broker and second server it is as if it had no power."""
        self.first.server.port.set(cut=True)


@pytest.fixture
def computers(network: Network, own_postgresql: Server) -> Computers:  # noqa: F811
    return Computers(network, own_postgresql)


@pytest.mark.fault("server's computer lost while robots drive; its standby, on another computer, leads by PostgreSQL")
def test_the_second_leads_within_10_s_of_the_loss_of_the_first_ones_computer(computers: Computers, saw: Saw) -> None:
    """Nothing is done twice, and the first, which does not know, gives up once it is back."""
    first, second, site = computers.first, computers.second, computers.site
    order = first.order("X1", "D1")
    until(partial(computers.under_way, order), 120, f"somebody drives for {order}", site.words)
    assert not second.ready()
    computers.lose_first()
    lost = time.monotonic()
    until(second.ready, 60, "the second leads", site.words)
    took = time.monotonic() - lost
    saw("standby ready after, s", round(took, 1))
    for robot in ROBOTS:
        until(partial(second.online, robot), 60, f"{robot} obeys it", site.words)
    saw("robots led by it after, s", round(time.monotonic() - lost, 1))
    until(lambda: any(e.order_id == order for e in computers.entries("order_done")), 300, "delivered", site.words)
    first.server.port.set(cut=False)
    until(lambda: "store.fenced" in computers.said(first), 60, "the first is told that it leads no more", site.words)
    assert second.ready()
    ended = Counter(e.order_id for e in computers.entries("order_done"))
    assert ended[order] == 1
    assert not computers.entries("order_failed")
    assert [site.now(robot)["collisions"] for robot in ROBOTS] == [0, 0]
    assert not [e for e in computers.entries("alarm_raised") if e.facts["code"] == "alarm.second_fleet"]
    assert took < LEADS_S, site.words()
