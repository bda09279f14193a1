"""Nothing can be written for a while: no new work, nothing leaves, and after it nothing is lost or doubled."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore
from tests.store.storage_rig import DrivingRig, Rig, fill_up, locked, no_room, small_disk_at


def suffer(rig: Rig, begin: Callable[[], object], end: Callable[[], object]) -> None:
    """Let trouble begin, ask for work all the time, let it end; then look at everything."""
    first = rig.order("before")
    rig.run(first.done)
    assert first.result(timeout=0).reference == "before"
    begin()
    caught = rig.order("caught")
    assert rig.run(lambda: rig.trouble)
    sent = len(rig.sent)
    refused = rig.order("refused")
    assert isinstance(refused.exception(timeout=0), AmrError)
    assert refused.exception().code == "store.failed"  # type: ignore[union-attr]
    for _ in range(50):
        rig.step()
    shown = rig.service.snapshot()
    assert [a.reason.code for a in shown.alarms] == ["alarm.storage"]
    assert not shown.ready
    assert shown.t == rig.t, "the page lives on"
    assert len(shown.robots) == 2
    assert len(rig.sent) == sent, "robots get nothing new"
    assert rig.service.condition().step_age < 2.0, "the process is well"
    end()
    assert rig.run(lambda: not rig.trouble)
    assert rig.run(caught.done), "what was asked just then is answered in the end"
    after = rig.order("after")
    assert rig.run(after.done)
    assert rig.run(lambda: rig.service.snapshot().ready)
    assert rig.created() == ["before", "caught", "after"]
    kinds = [e.kind for e in rig.store.read() if e.kind.startswith("alarm") and e.facts["code"] == "alarm.storage"]
    assert kinds == ["alarm_raised", "alarm_cleared"], "the gap is in the journal"
    rig.store.close()
    again = JournalStore(rig.store._where, rig.store._folder)
    again.own()
    assert len(again.read()) == len({id(e) for e in again.read()})
    again.close()


class Limit:
    """A SQLite file that may not grow: what a full disk says."""

    def __init__(self, store: JournalStore) -> None:
        self._engine = store._database.engine
        self._on = False
        event.listen(self._engine, "connect", self._connected)

    def _connected(self, connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages if self._on else 1 << 30}")

    def set(self, on: bool) -> None:
        self._on = on
        self._engine.dispose()


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    limit = Limit(rig.store)
    limit.set(True)
    numbers = iter(range(10_000))
    assert rig.run(lambda: (rig.order(f"fill-{next(numbers)}"), rig.trouble)[1], 300.0)
    count = len(rig.created())
    limit.set(False)
    assert rig.run(lambda: not rig.trouble)
    made = rig.created()
    assert len(made) == len(set(made)) >= count
    last = rig.order("last")
    assert rig.run(last.done)
    assert last.result(timeout=0).reference == "last"
    rig.store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_at(tmp_path / "disk") as folder:
        yield folder


def test_a_full_disk(small_disk: Path) -> None:
    rig = Rig(str(small_disk / "journal.sqlite3"))
    filler = small_disk / "filler"

    def fill() -> None:
        fill_up(filler)
        for i in range(2000):  # what the write-ahead log has left in its last page
            if rig.trouble:
                break
            rig.order("caught" if i == 0 else f"x{i}")
            rig.step()

    first = rig.order("before")
    assert rig.run(first.done)
    fill()
    assert rig.trouble
    refused = rig.order("refused")
    assert refused.exception(timeout=0) is not None
    filler.unlink()
    assert rig.run(lambda: not rig.trouble)
    after = rig.order("after")
    assert rig.run(after.done)
    made = rig.created()
    assert made[0] == "before"
    assert made[-1] == "after"
    assert "refused" not in made
    assert len(made) == len(set(made))
    rig.store.close()


def test_a_journal_that_is_moved_away_under_a_fleet_that_works(tmp_path: Path) -> None:
    """What has a file open writes on into it: each order was answered, and gone with the next start."""
    rig, where, away = Rig(str(tmp_path / "journal.sqlite3")), tmp_path / "journal.sqlite3", tmp_path / "away"
    suffer(rig, lambda: where.rename(away), lambda: away.rename(where))


def test_a_journal_that_is_replaced_by_an_older_copy_under_a_fleet_that_works(tmp_path: Path) -> None:
    rig, where, copy = Rig(str(tmp_path / "journal.sqlite3")), tmp_path / "journal.sqlite3", tmp_path / "copy"
    shutil.copyfile(where, copy)
    copy.replace(where)
    asked = rig.order("caught")
    assert rig.run(lambda: rig.trouble)
    assert not rig.run(asked.done, 5.0), "it is told nothing that is in no journal"
    refused = rig.order("refused").exception(timeout=0)
    assert isinstance(refused, AmrError)
    assert "moved, deleted or replaced" in refused.sentence
    rig.store.close()


def test_a_database_that_became_read_only(tmp_path: Path) -> None:
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    engine, on = rig.store._database.engine, [False]
    event.listen(engine, "connect", lambda c, _: c.execute(f"PRAGMA query_only = {int(on[0])}"))

    def only_read(value: bool) -> None:
        on[0] = value
        engine.dispose()

    suffer(rig, lambda: only_read(True), lambda: only_read(False))


def test_another_process_locks_the_database(tmp_path: Path) -> None:
    where = tmp_path / "journal.sqlite3"
    rig = Rig(str(where))
    lock = locked(where)
    suffer(rig, lock.__enter__, lambda: lock.__exit__(None, None, None))


def test_entries_whose_answer_was_lost_are_written_once(where: str, tmp_path: Path) -> None:
    rig = Rig(where, tmp_path)
    mark = rig.store.ledger.mark
    assert mark is not None
    write, fails = mark.write, [False]

    def failing(checkpoint: Any) -> None:
        if fails[0]:
            raise AmrError("store.failed", reason="no room for the mark")
        write(checkpoint)

    mark.write = failing  # type: ignore[method-assign]
    suffer(rig, lambda: fails.__setitem__(0, True), lambda: fails.__setitem__(0, False))


def test_the_first_entries_of_a_fleet_whose_answer_was_lost_are_written_once(where: str, tmp_path: Path) -> None:
    """Nothing had been written yet that would tell how many there were before."""
    entry = JournalEntry(t=1.0, kind="order_x")
    with closing(JournalStore(where, tmp_path)) as store:
        store.own(site="lab")
        mark = store.ledger.mark
        assert mark is not None
        write = mark.write

        def failing(checkpoint: Any) -> None:
            mark.write = write  # type: ignore[method-assign]
            raise AmrError("store.failed", reason="no room for the mark")

        mark.write = failing  # type: ignore[method-assign]
        with pytest.raises(AmrError, match="no room"):
            store.append([entry])
        store.append([entry])
        assert [one.kind for one in store.read()] == ["order_x"]


def test_postgresql_is_stopped_and_started(own_postgresql: Any) -> None:
    rig = Rig(own_postgresql.database())
    suffer(rig, own_postgresql.stop, own_postgresql.start)


def test_another_fleet_that_took_over_meanwhile_ends_this_one(own_postgresql: Any) -> None:
    where = own_postgresql.database()
    rig = Rig(where)
    own_postgresql.stop()
    rig.order("caught")
    assert rig.run(lambda: rig.trouble)
    own_postgresql.start()
    other = JournalStore(where)
    other.own()
    with pytest.raises(AmrError) as caught:
        rig.run(lambda: False)
    assert caught.value.code == "store.fenced"
    assert "caught" not in [e.facts.get("reference") for e in other.read()]
    other.close()
    rig.store.close()


@pytest.mark.parametrize("text", ["cut \ud83d", "\udc00", "nul \0", "\uffff"])
def test_a_text_that_cannot_be_written_stops_no_fleet(text: str, where: str, tmp_path: Path) -> None:
    """A robot's or a person's text that slipped through every door; what cannot be written was tried again for ever."""
    rig = Rig(where, tmp_path)
    step = rig.service._engine.step
    facts = {"code": "vda.reported", text: text}
    odd = [JournalEntry(t=rig.t, kind="alarm_raised", order_id=text, robot=text, facts=facts)]

    def with_it(now: float, inbox: Any) -> Any:
        made = step(now, inbox)
        result = replace(made, entries=[*odd, *made.entries])
        odd.clear()
        return result

    rig.service._engine.step = with_it  # type: ignore[method-assign]
    order = rig.order("behind it")
    assert rig.run(order.done, 5.0), "nothing behind it is written"
    assert not rig.trouble
    assert rig.created() == ["behind it"]
    rig.store.close()
    again = JournalStore(where, tmp_path)
    again.own()  # and what was hashed is what was written
    assert sum(e.kind == "alarm_raised" for e in again.read()) >= 1
    again.close()


def test_an_entry_without_a_hash_ends_the_process_and_is_no_full_disk(tmp_path: Path) -> None:
    """A fault of ours that no new try mends: the process ends with its reason and is started again."""
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    with pytest.raises(AmrError) as caught:
        rig.store.append([JournalEntry(t=math.nan, kind="alarm_raised")])
    assert caught.value.code == "internal"
    rig.store.append([JournalEntry(t=rig.t, kind="alarm_raised")])  # nothing of it was left in the tree
    rig.store.close()


def test_what_waits_is_small_however_long_it_lasts(tmp_path: Path) -> None:
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    append = rig.store.append
    rig.store.append = no_room  # type: ignore[method-assign,assignment]
    rig.order("caught")
    for _ in range(3000):  # five minutes
        rig.step()
    outbox = rig.service._outbox
    assert outbox is not None
    assert len(outbox._missed) == 2, "the newest word of each robot"
    rig.store.append = append  # type: ignore[method-assign]
    assert rig.run(lambda: not rig.trouble)
    rig.store.close()


def test_robots_that_drive_finish_their_base_stand_and_go_on_when_it_can_be_written_again(tmp_path: Path) -> None:
    rig = DrivingRig(str(tmp_path / "journal.sqlite3"))
    order = rig.order("on the way")
    assert rig.run(order.done)
    assert rig.run(lambda: any(robot.edge is not None and len(robot.report().base) > 1 for robot in rig.robots))
    append = rig.store.append
    rig.store.append = no_room  # type: ignore[method-assign,assignment]
    assert rig.run(lambda: rig.trouble)
    sent = len(rig.sent)
    (driver,) = (robot for robot in rig.robots if robot.edge is not None)
    end = driver.report().base[-1]
    assert rig.run(lambda: driver.edge is None and not driver.report().base)
    assert driver.node == end
    rig.run(lambda: False, 60.0)
    assert (driver.edge, driver.node, len(rig.sent)) == (None, end, sent), "it stands, and gets nothing more"
    assert "alarm.storage" in [alarm.reason.code for alarm in rig.service.snapshot().alarms]
    assert not driver.dropped
    rig.store.append = append  # type: ignore[method-assign]
    assert rig.run(lambda: driver.dropped, 300.0), "by itself"
    assert not rig.trouble
    rig.store.close()
