"""The network between fleet and PostgreSQL is cut: nothing is closed, nothing answers. It ends by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from amr_fleet.store import reach
from amr_fleet.store.journal import JournalStore, read_entries
from tests.store.conftest import Server
from tests.store.cut_network import CutNetwork
from tests.store.storage_rig import Rig
from tests.waiting import until

_LIMIT = 6.0  # s that anything may wait for a silent server: twice what connecting may take


@pytest.fixture
def network(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[CutNetwork]:
    monkeypatch.setattr(reach, "HURRY_S", 1.0)
    one = CutNetwork(postgresql.folder / ".s.PGSQL.5432")
    yield one
    one.close()


@pytest.fixture
def through(postgresql: Server, network: CutNetwork) -> str:
    """Return the setting of a new database behind the network."""
    name = postgresql.database().partition("@/")[2].partition("?")[0]
    return f"postgresql://postgres@127.0.0.1:{network.port}/{name}"


def behind(postgresql: Server, through: str) -> str:
    """Return the same database for who sits beside the server."""
    return f"postgresql://postgres@/{through.rpartition('/')[2]}?host={postgresql.folder}"


def step(rig: Rig, seconds: float) -> float:
    """Step in real time; return the longest step (s)."""
    end, longest = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        began = time.monotonic()
        rig.step()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.05)
    return longest


def goes_on(rig: Rig, done: Callable[[], object]) -> bool:
    def stepped() -> object:
        rig.step()
        return done()

    return until(stepped)


@pytest.mark.parametrize("cut", ["both", "there", "back"])
def test_a_cut_lets_nothing_out_and_ends_by_itself(
    postgresql: Server, network: CutNetwork, through: str, tmp_path: Path, cut: str
) -> None:
    rig = Rig(through, tmp_path)
    first = rig.order("before")
    assert rig.run(first.done)
    network.cut(there=cut != "back", back=cut != "there")
    caught = rig.order("caught")
    began = time.monotonic()
    assert goes_on(rig, lambda: rig.trouble)
    assert time.monotonic() - began < _LIMIT
    sent, refused = len(rig.sent), rig.order("refused")
    slow = step(rig, 2.0)
    assert slow < 1.0, "only the first waits for the server: the engine goes on, pages show it"
    assert refused.exception(timeout=0).code == "store.failed"  # type: ignore[union-attr]
    assert len(rig.sent) == sent, "robots get nothing new"
    assert [a.reason.code for a in rig.service.snapshot().alarms] == ["alarm.storage"]
    began = time.monotonic()
    with pytest.raises(AmrError, match=r"store\.failed"):
        rig.store.alive()  # before each beat
    assert time.monotonic() - began < 1.0
    network.heal()
    assert goes_on(rig, lambda: not rig.trouble)
    assert goes_on(rig, caught.done)
    after = rig.order("after")
    assert goes_on(rig, after.done)
    rig.store.close()
    entries = read_entries(behind(postgresql, through))
    made = [str(e.facts.get("reference")) for e in entries if e.kind == "order_created"]
    assert made == ["before", "caught", "after"], "once each, also where only the answer was lost"


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "closed"])
def test_a_standby_beside_the_server_takes_over_and_the_cut_off_one_never_grants_again(
    postgresql: Server, network: CutNetwork, through: str, tmp_path: Path, silent: bool
) -> None:
    rig = Rig(through, tmp_path / "one")
    first = rig.order("before")
    assert rig.run(first.done)
    standby = JournalStore(behind(postgresql, through), tmp_path / "one")
    with ThreadPoolExecutor(1) as waits:
        seat = waits.submit(standby.own, 20.0, site="lab")
        step(rig, 0.5)
        assert not seat.done(), "one seat, and it is taken"
        if silent:
            network.cut()
            network.forget()  # nobody answered the keep-alives of its session, which held the lock
        else:
            network.refuse()
        rig.order("caught")
        sent, began = len(rig.sent), time.monotonic()
        seat.result(10.0)
    assert goes_on(rig, lambda: rig.trouble)
    assert time.monotonic() - began < 10.0
    with pytest.raises(AmrError, match=r"store\.failed"):
        rig.store.alive()  # before each beat: robots of who is cut off hear none, and stop
    assert step(rig, 1.0) < 1.0
    assert len(rig.sent) == sent, "nothing is granted from the cut on"
    network.heal()
    with pytest.raises(AmrError, match=r"store\.fenced"):
        goes_on(rig, lambda: False)
    assert len(rig.sent) == sent
    assert "caught" not in [e.facts.get("reference") for e in standby.read()]
    with pytest.raises(AmrError, match=r"store\.fenced"):
        rig.store.append(standby.read()[:1])
    standby.close()
    rig.store.close()


def test_pages_wait_once_for_the_accounts(network: CutNetwork, through: str, tmp_path: Path) -> None:
    users = UserStore(through, evidence=tmp_path)
    users.rows.check()
    assert users.names() == []
    network.cut()
    waits = []
    for _ in range(4):
        began = time.monotonic()
        with pytest.raises(AmrError, match=r"store\.failed"):
            users.names()
        waits.append(time.monotonic() - began)
    assert max(waits) < _LIMIT
    assert sum(sorted(waits)[:3]) < 1.0, waits
    network.heal()
    assert until(lambda: names_of(users) == [])
    users.close()


def names_of(users: UserStore) -> list[str] | None:
    try:
        return list(users.names())
    except AmrError:
        return None
