"""Two gateways of one fleet with one folder: who takes over goes by the book of who led, and only the leader writes."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.mqtt.seat import Seat
from amr_interop.vda.sent import FileShelf, SentBook
from tests.unit.vda_desk import Desk, leading, mission


def standby(folder: Path) -> Desk:
    """Return a gateway that was started beside the one that leads, before it sent anything."""
    desk = Desk(shelf=FileShelf(folder))
    desk.master.lead(leads=False)
    return desk


def test_who_takes_over_goes_on_with_what_the_leader_sent(tmp_path: Path) -> None:
    second = standby(tmp_path)
    first = Desk(shelf=FileShelf(tmp_path))
    order = leading(first, released=3)
    first.master.order(mission(5, update=1))
    (update,) = first.orders(first.wait(0.2))
    first.say(orderUpdateId=1)
    second.now, second.header, second.state = first.now, first.header, first.state
    second.say()
    second.master.lead(leads=True)
    second.say()
    assert second.told is not None
    assert (second.told.order_id, second.told.base) == ("M1", ("B", "C", "D", "E")), "space would be given twice"
    second.master.order(mission(6, update=2))
    (more,) = second.orders(second.say(0.3))
    assert (more["orderId"], more["orderUpdateId"]) == (order["orderId"], 2)
    assert more["nodes"][0]["nodeId"] == update["nodes"][-2]["nodeId"] == "E"


def test_who_does_not_lead_writes_nothing(tmp_path: Path) -> None:
    first = Desk(shelf=FileShelf(tmp_path))
    leading(first, released=3)
    second = Desk(shelf=FileShelf(tmp_path))  # it has read the order, and then only listens
    second.master.lead(leads=False)
    first.master.order(mission(5, update=1))
    first.wait(0.2)
    before = (tmp_path / "r.json").read_bytes()
    second.now, second.header, second.state = first.now, first.header, dict(first.state)
    for _ in range(5):
        second.say(1.0, orderId="other", nodeStates=[])
    assert (tmp_path / "r.json").read_bytes() == before
    assert json.loads(before)["sent"]["update_id"] == 1


def test_a_short_loss_of_the_seat_forgets_nothing_when_nobody_else_led(tmp_path: Path) -> None:
    desk = Desk(shelf=FileShelf(tmp_path))
    desk.say()
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    desk.master.lead(leads=False)
    desk.take_over(order)
    desk.master.lead(leads=True)
    assert desk.master.sent is not None
    assert desk.master.sent.acked
    assert json.loads((tmp_path / "r.json").read_bytes())["sent"]["acked"] is True


def test_a_book_that_cannot_be_read_leads_no_robot_and_is_told(tmp_path: Path) -> None:
    desk = standby(tmp_path)
    desk.say()
    (tmp_path / "r.json").write_bytes(b"{")
    with pytest.raises(AmrError, match=r"r\.json"):
        desk.master.lead(leads=True)
    assert desk.master.failed(desk.now, AmrError("store.damaged", count=1, first="r.json")).messages == []
    with pytest.raises(AmrError, match=r"r\.json"):
        desk.master.lead(leads=True)


def test_a_gateway_with_a_seat_begins_without_it(tmp_path: Path) -> None:
    desk = Desk(shelf=FileShelf(tmp_path))
    gateway = Gateway(Broker(port=1), "x", [desk.master], Seat("x"))
    leader = Desk(shelf=FileShelf(tmp_path))
    leading(leader)
    kept = (tmp_path / "r.json").read_bytes()
    list(gateway.tick(desk.now))
    desk.master._keeping.save()
    assert (tmp_path / "r.json").read_bytes() == kept


def test_two_that_write_at_once_never_write_one_file(tmp_path: Path) -> None:
    parts: set[str] = set()

    def look(_handle: int) -> None:
        parts.update(path.name for path in tmp_path.glob("*.part"))

    for _ in range(2):
        FileShelf(tmp_path, look).save("r", SentBook())
    assert len(parts) == 2


def test_a_write_that_fails_leaves_neither_a_part_nor_another_book(tmp_path: Path) -> None:
    FileShelf(tmp_path).save("r", SentBook(orders=7))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        FileShelf(tmp_path, full).save("r", SentBook(orders=8))
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    assert FileShelf(tmp_path).load("r").orders == 7


def test_the_folder_is_on_disk_too_when_a_book_is_kept(tmp_path: Path) -> None:
    """Else a power cut brings back the book of before, and a robot holds a base that nobody released."""
    synced: list[tuple[bool, bool]] = []

    def sync(handle: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), (tmp_path / "r.json").exists()))

    FileShelf(tmp_path, sync).save("r", SentBook())
    assert synced == [(False, False), (True, True)]
