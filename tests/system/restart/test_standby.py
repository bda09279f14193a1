"""Two fleet processes on one PostgreSQL: the second leads within 10 s of the first one's end, once each.

Real fleet executables over ROS with the API in them, robots that drive on meanwhile, customers that ask again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from amr_lab.fleet_bench.intake import cpu_seconds
from tests.node.conftest import domain_id  # noqa: F401
from tests.store.conftest import Server, own_postgresql  # noqa: F401
from tests.store.cut_network import CutNetwork
from tests.system.restart.standby_pair import FleetOfPair, Floor
from tests.waiting import until

TAKES_OVER_S = 10.0
MOST_CPU_S = 2.5
KEEPALIVE_S = 5.0
"""After so long without an answer PostgreSQL ends the session that holds the lock (owner.py: 2 s, then 3 times 1 s)."""


class Pair:
    """The first behind a network that can be cut, the second beside the server, waiting."""

    def __init__(self, server: Server, folder: Path, domain: int, stack: ExitStack) -> None:
        beside = server.database()
        name = beside.partition("@/")[2].partition("?")[0]
        self.network = CutNetwork(server.folder / ".s.PGSQL.5432")
        stack.callback(self.network.close)
        through = f"postgresql://postgres@127.0.0.1:{self.network.port}/{name}"
        self.floor = Floor(beside, folder, domain)
        stack.callback(self.floor.close)
        self.first = FleetOfPair(through, folder, "first", domain, standby=False)
        stack.callback(self.first.kill)
        assert until(lambda: self.first.ready), self.first.said()
        self.second = FleetOfPair(beside, folder, "second", domain, standby=True)
        stack.callback(self.second.kill)
        assert until(lambda: "standby: takes over" in self.second.said()), self.second.said()

    def work(self) -> None:
        """Let the first lead until each robot has something to do and a load is on board."""
        self.floor.order(6, self.first)
        assert until(lambda: len({word.robot for word in self.floor.node.words}) == 2), self.first.said()
        assert until(lambda: self.floor.node.yard.picked), self.first.said()
        assert not self.second.ready, "it waits"

    def taken_over(self, since: float, before: dict[str, float], cpu: float) -> None:
        """Wait for the second, and until it has led a load to its place. since: monotonic s of the loss.

        before, cpu: how long its threads had waited for a processor then, and what it had used (s). What other work of
        a full machine took from it is no part of the 10 s.
        """
        assert until(lambda: self.second.ready), self.second.said()
        took, after = time.monotonic() - since, self.second.kept_waiting
        # One thread owns the journal, and starts the one that starts the API: these two wait one after the other, and
        # what others of two of its threads waited beside them takes no time.
        waited = sum(sorted(seconds - before.get(thread, 0.0) for thread, seconds in after.items())[-2:])
        used = cpu_seconds(self.second.process.pid) - cpu
        sys.stderr.write(
            f"/ready of the second {took:.1f} s after the loss; its threads waited {waited:.1f} s for a processor "
            f"and used {used:.1f} s of one\n"
        )
        assert took - waited < TAKES_OVER_S, self.second.said()
        assert used < MOST_CPU_S, "what takes long is done while it waits for its turn"
        dropped = self.floor.node.yard.dropped.total()
        self.floor.order(4, self.second)
        assert until(lambda: len(self.floor.epochs) == 2), self.second.said()
        assert until(lambda: self.floor.node.yard.dropped.total() > dropped + 1), self.second.said()
        assert until(lambda: len(self.floor.customers.ledger.made) >= 10), self.floor.customers.ledger


@pytest.fixture
def pair(own_postgresql: Server, tmp_path: Path, domain_id: int) -> Iterator[Pair]:  # noqa: F811
    with ExitStack() as stack:
        yield Pair(own_postgresql, tmp_path, domain_id, stack)


@pytest.mark.timeout(400)  # on a full machine; 40 s on one that is not
def test_the_second_leads_within_10_s_of_a_kill_and_nothing_is_granted_twice(pair: Pair) -> None:
    pair.work()
    waited, cpu = pair.second.kept_waiting, cpu_seconds(pair.second.process.pid)
    pair.first.kill()
    pair.taken_over(time.monotonic(), waited, cpu)
    assert not any(pair.floor.account().values()), pair.floor.account()


@pytest.mark.timeout(400)
def test_the_first_cut_off_from_the_database_grants_nothing_from_then_on_and_ends(pair: Pair) -> None:
    """It still reaches the robots and is still asked: the more dangerous partition."""
    pair.work()
    waited, cpu = pair.second.kept_waiting, cpu_seconds(pair.second.process.pid)
    pair.network.cut()
    cut = time.monotonic()
    time.sleep(KEEPALIVE_S)
    pair.network.forget()
    pair.taken_over(cut, waited, cpu)
    old = pair.floor.epochs[0]
    late = [word for word in pair.floor.of(old) if word.at > cut + 0.5]
    assert not late, "what it decided could not be written, so nothing of it went out"
    assert not [at for at, epoch in pair.floor.node.beats if epoch == old and at > cut + 5.0], "robots hear no beat"
    pair.network.heal()
    assert until(lambda: pair.first.process.poll() is not None), pair.first.said()
    assert "store.fenced" in pair.first.said()
    assert not any(pair.floor.account().values()), pair.floor.account()
