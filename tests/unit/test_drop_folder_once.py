"""The drop folder takes each file once and whole, whatever happens to it, to its receipt or to the fleet."""

from __future__ import annotations

import json
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.dropfolder.settings import Partner
from tests.unit.drop_rig import BOX, HEAD, LINE, WMS, Rig, coparn


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, WMS)


@pytest.fixture
def line(tmp_path: Path) -> Rig:
    return Rig(tmp_path, LINE)


def test_a_file_that_is_still_written_or_hidden_waits(rig: Rig) -> None:
    for name in (".a.csv", "a.csv.part", "a.TMP"):
        rig.path("in", name).write_text(HEAD + "D01;A1W;1;;;\r\n", encoding="utf-8")
    half = rig.path("in", "b.csv")
    half.write_text(HEAD, encoding="utf-8")
    for i in range(5):
        assert rig.look(1.5) == 0
        with half.open("a", encoding="utf-8") as file:
            file.write(f"D01;A1W;{i};;;\r\n")
    rig.look(0.0)
    assert rig.look(2.5) == 1
    assert len(rig.orders) == 5


@pytest.mark.parametrize("name", ["x" * 250 + ".csv", "ế" * 80 + ".csv", os.fsdecode(b"\xe1\xba.csv")])
def test_a_long_or_undecodable_name_gets_its_receipt(rig: Rig, name: str) -> None:
    """A receipt that could not be written kept the file in work/, and every other one of the partner waiting."""
    for text in ("D01;A1W;1;;;", "D02;A1E;2;;;", "D02;A1E;2;;;"):  # the second goes beside the first
        rig.path("in", name).write_text(f"{HEAD}{text}\r\n", encoding="utf-8")
        rig.look(0.0)
        assert rig.look() == 1
    assert len(rig.orders) == 2
    receipts = [json.loads(path.read_bytes()) for path in rig.path("out", "").glob("*.ack.json")]
    assert sorted(one["verdict"] for one in receipts)[0] in ("repeated", "taken")
    assert len(list(rig.path("done", "").glob("*.csv"))) == 3


def test_a_file_that_cannot_be_taken_keeps_no_other_one_waiting(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return real(path)

    for name in ("a.csv", "b.csv"):
        rig.path("in", name).write_text(f"{HEAD}D01;A1W;{name};;;\r\n", encoding="utf-8")
    rig.look(0.0)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read)
        with pytest.raises(PermissionError):
            rig.look()
        assert [order.request.reference for order in rig.orders] == ["wms:b.csv"]
        rig.path("in", "a.csv").write_text(f"{HEAD}D02;A1E;2;;;\r\n", encoding="utf-8")
        for _ in range(2):
            with pytest.raises(PermissionError):
                rig.look()
    assert rig.path("in", "a.csv").is_file(), "a second file of a name waits for the first"
    assert rig.look() >= 1
    rig.look()
    assert len(rig.orders) == 3


def test_a_link_is_left_alone(rig: Rig, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + "D01;A1W;1;;;\r\n", encoding="utf-8")
    rig.path("in", "a.csv").symlink_to(secret)
    rig.look(0.0)
    assert rig.look() == 0
    assert secret.is_file()
    assert rig.orders == []


def test_a_file_that_becomes_a_link_at_the_last_moment_is_not_followed(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner may put a link in the file's place between the look at it and the move into work/."""
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + "D01;A1W;1;;;\r\n", encoding="utf-8")
    rig.path("in", "a.csv").symlink_to(secret)
    monkeypatch.setattr(rig.drop, "_whole", lambda _path: True)
    rig.look()
    assert rig.orders == []
    assert secret.is_file()
    assert list(rig.path("out", "").iterdir()) == [], "not even its hash is told"
    assert list(rig.path("work", "").iterdir()) == []


def test_a_receipt_is_not_written_through_a_link_that_someone_laid(rig: Rig, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept", encoding="utf-8")
    for name in (".a.csv.ack.json.part", "a.csv.ack.json"):
        rig.path("out", name).symlink_to(precious)
    assert rig.send("a.csv", HEAD + "D01;A1W;;;;\r\n")["verdict"] == "taken"
    assert precious.read_text(encoding="utf-8") == "kept"
    assert not rig.path("out", "a.csv.ack.json").is_symlink()


def test_two_partners_who_send_the_same_bytes_get_an_order_each(tmp_path: Path) -> None:
    """The key of a row had no partner in it: the second partner was told the first one's orders."""
    text = HEAD + "D01;A1W;;;;\r\n"
    rig = Rig(tmp_path, WMS, {**WMS, "name": "tos"})
    first, second = (rig.send("a.csv", text, partner) for partner in (0, 1))
    assert [one["rows"][0]["verdict"] for one in (first, second)] == ["created", "created"]
    assert first["rows"][0]["order_id"] != second["rows"][0]["order_id"]
    lines = Rig(tmp_path / "2", LINE, {**LINE, "name": "line_two"})
    rows = [lines.send("a.edi", coparn(BOX), partner)["rows"][0] for partner in (0, 1)]
    assert [row["verdict"] for row in rows] == ["created", "refused"]
    assert rows[1]["error"]["code"] == "cargo.busy", "of one container there is one open order"
    assert [order.request.key.split(":")[1] for order in (*rig.orders, *lines.orders)] == ["wms", "tos", "line"]
    assert all(len(order.request.key) <= 128 for order in (*rig.orders, *lines.orders))


def test_whatever_is_raised_the_thread_goes_on_and_says_it_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look(_partner: Partner) -> int:
        looks.append(1)
        if len(looks) == 3:
            rig.drop.close()
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("amr_fleet.dropfolder.desk._EVERY", 0.001)
    monkeypatch.setattr(rig.drop, "look", look)
    rig.drop._run()
    assert (len(looks), len(rig.log)) == (3, 1)


def test_the_same_file_again_under_any_name_creates_nothing(rig: Rig) -> None:
    text = HEAD + "D01;A1W;;;;\r\n"
    assert rig.send("a.csv", text)["verdict"] == "taken"
    for name in ("a.csv", "b.csv"):
        receipt = rig.send(name, text)
        assert (receipt["verdict"], receipt["first"]) == ("repeated", "a.csv")
    changed = rig.send("a.csv", text + "D02;A1E;;;;\r\n")
    assert changed["verdict"] == "taken"
    assert len(rig.orders) == 3
    assert len(list(rig.path("done", "").glob("a*.csv"))) == 3


def test_the_same_reference_in_another_file_is_known(rig: Rig) -> None:
    rig.send("a.csv", HEAD + "D01;A1W;PX-1;;;\r\n")
    receipt = rig.send("b.csv", HEAD + "D01;A1W;PX-1;;;\r\nD02;A1E;PX-2;;;\r\n")
    assert [r["verdict"] for r in receipt["rows"]] == ["known", "created"]
    assert len(rig.orders) == 2


@pytest.mark.parametrize("step", ["write", "_move"])
def test_killed_while_a_file_is_taken_it_is_taken_again_and_makes_each_order_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    where = "amr_fleet.dropfolder.receipts.Receipt.write" if step == "write" else "amr_fleet.dropfolder.desk._move"
    rig.path("in", "a.csv").write_text(HEAD + "D01;A1W;;;;\r\nD02;A1E;;;;\r\n", encoding="utf-8")
    rig.look(0.0)
    with monkeypatch.context() as patch:
        patch.setattr(where, killed)
        with pytest.raises(Killed):
            rig.look()
    assert len(rig.orders) == 2
    rig.start()
    assert rig.look() == 1
    assert len(rig.orders) == 2
    assert json.loads(rig.path("out", "a.csv.ack.json").read_bytes())["verdict"] in ("taken", "repeated")
    assert list(rig.path("work", "").iterdir()) == []


def test_a_long_table_is_created_in_parts_and_once_though_killed_between_them(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10,000 orders in one step of the engine kept all robots waiting for it."""
    sizes: list[int] = []
    real = rig.fleet.ask

    def ask(request: Any) -> Future[Any]:
        if not request.dry_run:
            sizes.append(len(request.orders))
            if len(sizes) == 2:
                raise KeyboardInterrupt
        return real(request)

    monkeypatch.setattr(rig.fleet, "ask", ask)
    monkeypatch.setattr("amr_fleet.dropfolder.desk._AT_ONCE", 2)
    rows = "".join(f"D01;A1W;{k};;;\r\n" for k in range(5))
    rig.path("in", "a.csv").write_text(HEAD + rows, encoding="utf-8")
    rig.look(0.0)
    with pytest.raises(KeyboardInterrupt):
        rig.look()
    assert len(rig.orders) == 2
    rig.start()
    rig.look()
    receipt = json.loads(rig.path("out", "a.csv.ack.json").read_bytes())
    assert (receipt["verdict"], sizes) == ("taken", [2, 2, 2, 2, 1])
    assert [row["verdict"] for row in receipt["rows"]] == ["known", "known", "created", "created", "created"]
    assert [row["row"] for row in receipt["rows"]] == [2, 3, 4, 5, 6]


def test_killed_before_a_file_is_moved_away_its_receipt_stays_what_it_was(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file was taken again and its receipt, with the orders' ids, written over with "repeated"."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    text = HEAD + "D01;A1W;;;;\r\n"
    for name, verdict in (("a.csv", "taken"), ("b.csv", "repeated")):
        rig.path("in", name).write_text(text, encoding="utf-8")
        rig.look(0.0)
        with monkeypatch.context() as patch:
            patch.setattr("amr_fleet.dropfolder.desk._move", killed)
            with pytest.raises(KeyboardInterrupt):
                rig.look()
        rig.start()
        assert rig.look() == 1
        receipt = json.loads(rig.path("out", f"{name}.ack.json").read_bytes())
        assert (receipt["verdict"], rig.path("done", name).is_file()) == (verdict, True)
    assert len(rig.orders) == 1


def test_a_receipt_of_other_bytes_is_no_receipt_of_what_was_left_in_work(rig: Rig) -> None:
    text = HEAD + "D01;A1W;;;;\r\n"
    rig.send("b.csv", text)
    rig.send("a.csv", HEAD + "D02;A1E;;;;\r\n")
    rig.path("work", "a.csv").write_text(text, encoding="utf-8")
    rig.start()
    assert rig.look() == 1
    receipt = json.loads(rig.path("out", "a.csv.ack.json").read_bytes())
    assert (receipt["verdict"], receipt["first"]) == ("repeated", "b.csv")


def test_while_the_fleet_cannot_write_the_file_waits_in_work(rig: Rig) -> None:
    rig.fleet.away = AmrError("store.failed", reason="disk full")
    rig.path("in", "a.csv").write_text(HEAD + "D01;A1W;;;;\r\n", encoding="utf-8")
    rig.look(0.0)
    for _ in range(2):
        with pytest.raises(AmrError):
            rig.look()
    assert rig.path("work", "a.csv").is_file()
    rig.fleet.away = None
    assert rig.look() == 1
    assert len(rig.orders) == 1
