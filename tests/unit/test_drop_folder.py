"""The drop folder: files become orders once, whatever is broken, half written, sent twice or interrupted."""

from __future__ import annotations

import io
import json
import os
import random
import re
import zipfile
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.dropfolder.codeco import codeco
from amr_fleet.dropfolder.coparn import read_coparn
from amr_fleet.dropfolder.desk import DropFolder
from amr_fleet.dropfolder.edifact import messages, segments
from amr_fleet.dropfolder.settings import DropSettings, Partner, load_drop
from amr_fleet.dropfolder.tables import read_table, sheet_cells
from amr_fleet.rehearsal import units_of

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
BOX, OTHER = "CSQU3054383", "MSKU9070323"
WMS: dict[str, Any] = {
    "name": "wms",
    "columns": {
        "pick_place": "Từ", "drop_place": "Đến", "reference": "Số phiếu", "load_id": "Mã hàng", "priority": "Ưu tiên",
        "deadline": "Hạn",
    },
    "places": {"CỬA 1": "D01"},
}  # fmt: skip
LINE: dict[str, Any] = {
    "name": "line",
    "ways": {"12": {"pick_place": "A1W", "drop_place": "G1"}, "11": {"pick_place": "G1", "drop_place": "A1W"}},
    "sender": "TCIT",
    "codeco": {"sender": "AMR", "recipient": "TCIT", "gates": ["G1"], "location": "VNCCU"},
}
HEAD = "Từ;Đến;Số phiếu;Mã hàng;Ưu tiên;Hạn\r\n"


class Engine:
    """The real engine, answering at once, with its journal."""

    def __init__(self) -> None:
        self.engine = FleetEngine(ROADMAP, units_of(SITE, 4))
        self.journal: list[JournalEntry] = []
        self.t = 100.0
        self.away: AmrError | None = None

    def ask(self, request: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.away is not None:
            future.set_exception(self.away)
            return future
        self.t += 0.1
        result = self.engine.step(self.t, [Ask(1, request)])
        self.journal += result.entries
        answer = next(r.result for r in result.replies if r.token == 1)
        if isinstance(answer, AmrError):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future

    def now(self) -> float:
        return self.t

    def order_of(self, reference: str) -> str:
        orders = self.engine.world.state.orders.values()
        return next((o.order_id for o in orders if o.request.reference == reference), "")

    def after(self, seq: int, kinds: Sequence[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        found = [(i, e) for i, e in enumerate(self.journal, 1) if i > seq and e.kind in kinds]
        return found[:limit], len(self.journal)

    def last_seq(self) -> int:
        return len(self.journal)

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        return [e for e in self.journal if order_id is None or e.order_id == order_id]


class Rig:
    """A drop folder on a clock of its own."""

    def __init__(self, folder: Path, *partners: dict[str, Any], fleet: Engine | None = None) -> None:
        self.root = folder / "drop"
        self.settings = DropSettings.model_validate({"folder": str(self.root), "partners": list(partners)})
        self.fleet = fleet or Engine()
        self.now = 1_800_000_000.0
        self.log: list[str] = []
        self.start()

    def start(self) -> None:
        self.drop = DropFolder(self.settings, self.fleet, self.fleet, self.log.append, clock=lambda: self.now)

    def path(self, folder: str, name: str, partner: int = 0) -> Path:
        return self.root / self.settings.partners[partner].name / folder / name

    def look(self, seconds: float = 3.0, partner: int = 0) -> int:
        self.now += seconds
        return self.drop.look(self.settings.partners[partner])

    def send(self, name: str, data: bytes | str, partner: int = 0) -> dict[str, Any]:
        """Put a file there, wait until it is taken, return its receipt."""
        self.path("in", name, partner).write_bytes(data.encode() if isinstance(data, str) else data)
        self.look(0.0, partner)
        assert self.look(3.0, partner) == 1
        answer: dict[str, Any] = json.loads(self.path("out", f"{name}.ack.json", partner).read_bytes())
        return answer

    @property
    def orders(self) -> list[Any]:
        return list(self.fleet.engine.world.state.orders.values())


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, WMS)


@pytest.fixture
def line(tmp_path: Path) -> Rig:
    return Rig(tmp_path, LINE)


# Tables --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_becomes_orders_whatever_its_encoding_and_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    columns = {"pick_place": "Nơi lấy" if encoding != "cp1258" else "Noi lay", "drop_place": "Giao"}
    rig = Rig(tmp_path, {**WMS, "columns": columns, "places": {}})
    text = f"{columns['pick_place']}|Giao|x\r\nD01|A1W|\r\n\r\nD02|A1E|1\r\n".replace("|", separator)
    receipt = rig.send("a.csv", text.encode(encoding))
    assert (receipt["verdict"], [r["verdict"] for r in receipt["rows"]]) == ("taken", ["created", "created"])
    assert [r["row"] for r in receipt["rows"]] == [2, 4]
    assert [(o.request.pick_place, o.request.drop_place) for o in rig.orders] == [("D01", "A1W"), ("D02", "A1E")]
    assert rig.path("done", "a.csv").is_file()


def test_places_references_priorities_and_local_deadlines_are_translated(rig: Rig) -> None:
    rig.send("a.csv", HEAD + "CỬA 1;A1W;PX-7;LÔ 1;5,0;15/01/2027 16:00\r\n")
    request = rig.orders[0].request
    assert (request.pick_place, request.reference, request.load_id, request.priority) == ("D01", "wms:PX-7", "LÔ 1", 5)
    assert request.deadline == pytest.approx(rig.fleet.t + 3600.0, abs=10.0)  # now is 15:00 on that day
    assert request.user == "drop"


def test_a_column_may_say_the_weight_of_a_load(tmp_path: Path) -> None:
    rig = Rig(tmp_path, {**WMS, "columns": {**WMS["columns"], "weight_kg": "Nặng"}, "rows": "each"})
    head = HEAD.replace("\r\n", ";Nặng\r\n")
    rows = ("D01;A1W;1;;;;812,5", "D01;A1E;2;;;;1.300 kg", "D01;A1W;3;;;;nặng", "D01;A1W;4;;;;9000", "D01;A1W;5;;;;nan")
    receipt = rig.send("a.csv", head + "\r\n".join(rows) + "\r\n")
    assert [r.get("error", {}).get("code", "") for r in receipt["rows"]] == [
        "", "", "drop.bad_row", "order.too_heavy", "drop.bad_row",
    ]  # fmt: skip
    assert [o.request.cargo and o.request.cargo.weight_kg for o in rig.orders] == [812.5, 1300.0]


@pytest.mark.parametrize(
    ("cell", "text"), [(timedelta(hours=1), "60 min"), (999_999_999_999_999, "999999999999999"), (1.5, "1.5")]
)
def test_a_duration_and_a_long_number_of_a_workbook(cell: object, text: str) -> None:
    assert list(sheet_cells(workbook({1: ["D01", cell]}))) == [["D01", text]]


def test_a_number_that_lost_its_last_digits_in_excel_is_refused() -> None:
    for number in (346012345678901234, 1e15):
        with pytest.raises(AmrError, match="format its column as text"):
            list(sheet_cells(workbook({1: ["D01", number]})))


def test_a_workbook_is_read_and_a_formula_is_a_text(rig: Rig) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Từ", "Đến", "Số phiếu"], ["D01", "A1W", 12.0], ["=1+1", "A1E", "x"]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    receipt = rig.send("a.xlsx", data.getvalue())
    assert receipt["verdict"] == "refused"
    wrong = receipt["rows"][0]
    assert (wrong["row"], wrong["error"]["code"], wrong["error"]["facts"]) == (
        3,
        "order.unknown_place",
        {"place": "=1+1"},
    )
    assert rig.orders == []
    each = Rig(rig.root.parent / "2", {**WMS, "rows": "each"})
    assert each.send("a.xlsx", data.getvalue())["verdict"] == "partly"
    assert [o.request.reference for o in each.orders] == ["wms:12"]


def test_one_wrong_row_creates_nothing_and_each_wrong_row_is_told_in_both_languages(rig: Rig) -> None:
    rows = "D01;A1W;1;;;\r\nD01;NOWHERE;2;;;\r\nD01;D01;3;;;\r\nD01;A1W;4;;x;\r\nD01;A1W;5;;;soon\r\n"
    receipt = rig.send("a.csv", HEAD + rows)
    assert receipt["verdict"] == "refused"
    assert [(r["row"], r["error"]["code"]) for r in receipt["rows"]] == [
        (3, "order.unknown_place"), (4, "order.same_place"), (5, "drop.bad_row"), (6, "drop.bad_row"),
    ]  # fmt: skip
    assert all(r["error"]["vi"] and r["error"]["en"] for r in receipt["rows"])
    assert receipt["error"]["code"] == "drop.bad_file"
    assert rig.orders == []
    assert rig.path("error", "a.csv").is_file()


def _bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 250_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""), ("b.csv", b"\x00\x00\x00"), ("c.csv", "Đi;Về\r\nD01;A1W\r\n".encode()),
        ("d.csv", HEAD.encode()),
        ("e.csv", b"\xff\xfe\x00"), ("f.csv", b'"\xe1\xba'), ("g.xlsx", b"PK\x03\x04 nothing"), ("h.xlsx", b"x"),
        ("i.pdf", b"%PDF"), ("j.edi", b"UNB+UNOA:2+X+Y'"), ("k.csv", (HEAD + "D01;A1W\n" * 10_001).encode()),
        ("l.csv", b'a;b\r\n"' + b"x" * 200_000), ("m.csv", b"\n\n\n"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_a_code_and_moved_away(rig: Rig, name: str, data: bytes) -> None:
    receipt = rig.send(name, data)
    assert (receipt["verdict"], receipt["error"]["code"]) == ("refused", "drop.bad_file")
    assert rig.path("error", name).read_bytes() == data
    assert rig.orders == []


def test_workbooks_with_changed_bytes_are_refused_and_nothing_else_is_raised() -> None:
    """zlib, the XML parser and openpyxl raise kinds of their own; one of them ended the thread."""
    book = Workbook()
    book.active.append(["Từ", "Đến"])
    book.active.append(["D01", "A1W"])
    data = io.BytesIO()
    book.save(data)
    whole, dice, partner = data.getvalue(), random.Random(1), Partner(**WMS)
    parts = {name: zipfile.ZipFile(data).read(name) for name in zipfile.ZipFile(data).namelist()}
    refused = 0
    for i in range(150):
        changed = bytearray(whole)
        if i % 2:  # inside the XML, in an archive that is whole
            name = dice.choice(sorted(parts))
            text = bytearray(parts[name])
            text[dice.randrange(len(text))] = dice.choice(b'0aZ<>"/ ')
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for other, old in parts.items():
                    archive.writestr(other, bytes(text) if other == name else old)
            changed = bytearray(out.getvalue())
        else:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        try:
            read_table("a.xlsx", bytes(changed), partner)
        except AmrError as error:
            refused += error.code == "drop.bad_file"
    assert refused > 30


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(rig: Rig) -> None:
    assert "too much" in rig.send("a.xlsx", _bomb())["error"]["en"]


def workbook(rows: dict[int, list[object]], said: str = "") -> bytes:
    """Return a workbook. rows: by their numbers; said: the range that the sheet says to be of, "" = the right one."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in rows.items():
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    whole, made = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if said and name.endswith("sheet1.xml"):
                data = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{said}"'.encode(), data)
            new.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize("said", ["", "A1:B2"])
def test_a_row_far_below_empty_ones_is_read(rig: Rig, said: str) -> None:
    """Sheets were cut at their 10,002nd row, and empty rows left out afterwards: what stood below was lost."""
    data = workbook({1: ["Từ", "Đến"], 2: ["D01", "A1W"], 10_005: ["D02", "A1E"]}, said)
    receipt = rig.send("a.xlsx", data)
    assert [(row["row"], row["verdict"]) for row in receipt["rows"]] == [(2, "created"), (10_005, "created")]


def test_a_workbook_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amr_fleet.dropfolder.tables.MOST_ROWS", 3)
    rows: dict[int, list[object]] = {1: ["Từ", "Đến"]}
    rows |= {9 * k: ["D01", "A1W"] for k in range(1, 5)}
    assert len(read_table("a.xlsx", workbook(dict(list(rows.items())[:4])), Partner(**WMS))) == 3
    for name, data in (("a.xlsx", workbook(rows)), ("a.csv", ("Từ;Đến\n" + "D01;A1W\n\n" * 4).encode())):
        with pytest.raises(AmrError, match="more than 3 rows"):
            read_table(name, data, Partner(**WMS))


# Once, and whole ----------------------------------------------------------------------------------------------------


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


# COPARN --------------------------------------------------------------------------------------------------------------


def coparn(*boxes: str, code: str = "12", function: str = "9", doc: str = "REL1", **change: str) -> str:
    """An interchange with one message. change: a segment's tag -> what stands there instead."""
    equipment = [f"EQD+CN+{box}+2210:102:5++2+5" for box in boxes]
    body = [f"BGM+{code}+{doc}+{function}", "RFF+BN:BK?+77", "NAD+CF+MSK:160:20", *equipment, f"CNT+16:{len(boxes)}"]
    lines = ["UNB+UNOA:2+TCIT+AMR+270115:0800+R1", "UNH+M1+COPARN:D:95B:UN:ITG14", *body]
    lines += [f"UNT+{len(body) + 2}+M1", "UNZ+1+R1"]
    lines = [change.get(line[:3], line) for line in lines]
    return "'\r\n".join(line for line in lines if line) + "'\r\n"


def test_a_release_makes_held_orders_and_a_deletion_cancels_them(line: Rig) -> None:
    receipt = line.send("r.edi", coparn(BOX, OTHER))
    assert [(r["verdict"], r["segment"]) for r in receipt["rows"]] == [("created", 6), ("created", 7)]
    request = line.orders[0].request
    assert (request.pick_place, request.drop_place, request.load_id) == ("A1W", "G1", BOX)
    assert (request.reference, request.held) == (f"line:REL1:{BOX}", True)
    assert request.cargo is not None
    assert (request.cargo.kind, request.cargo.customer) == ("container", "BK+77")
    receipt = line.send("d.edi", coparn(BOX, function="3"))
    assert [r["verdict"] for r in receipt["rows"]] == ["cancelled"]
    assert [o.open for o in line.orders] == [False, True]
    again = line.send("d2.edi", coparn(BOX, "TCLU4265449", function="3"))
    assert [r["error"]["code"] for r in again["rows"]] == ["order.finished", "order.not_found"]


def test_a_deletion_finds_an_order_whose_document_has_two_blanks(line: Rig) -> None:
    """Orders hold their references as people see them, the deletion looked for what stands in the file."""
    line.send("r.edi", coparn(BOX, doc="REL  1"))
    receipt = line.send("d.edi", coparn(BOX, doc="REL  1", function="3"))
    assert [r["verdict"] for r in receipt["rows"]] == ["cancelled"]
    never = line.send("e.edi", coparn(BOX, doc="REL\x011", function="3"))
    assert [r["error"]["code"] for r in never["rows"]] == ["order.not_found"]


@pytest.mark.parametrize(
    ("data", "segment", "text"),
    [
        (coparn(BOX)[:-3], 9, "ends within"), (coparn(BOX)[:60], 2, "ends within"),
        (coparn(BOX, UNT="UNT+9+M1"), 8, "counts"), (coparn(BOX, UNT="UNT+7+M9"), 8, "another reference"),
        (coparn(BOX, UNZ="UNZ+2+R1"), 9, "counts"), (coparn(BOX, UNZ="UNZ+1+R9"), 9, "another reference"),
        (coparn(BOX, UNZ=""), 8, "UNZ"), (coparn(BOX, UNT=""), 8, "no UNT"), (coparn(BOX, UNH=""), 2, "outside"),
        (coparn(BOX, UNB="UNB+UNOA:2+EVIL+AMR+270115:0800+R1"), 1, "sender"),
        (coparn(BOX, UNB="UNB+KECA:2+TCIT+AMR+270115:0800+R1"), 1, "character set"),
        (coparn(BOX, UNH="UNH+M1+CODECO:D:95B:UN"), 3, "not COPARN"),
        (coparn(BOX, UNH="UNH+M1+COPARN:D:00B:UN"), 3, "not COPARN"),
        (coparn(BOX, BGM="BGM+12"), 3, "BGM"), (coparn(BOX, BGM="NAD+X"), 3, "BGM"),
        (coparn(BOX, code="27"), 3, "no way"),
        (coparn(BOX, function="4"), 3, "function"), (coparn(BOX, function="5"), 3, "function"),
        (coparn("CSQU3054384"), 6, "ISO 6346"), (coparn(""), 6, "ISO 6346"), (coparn(BOX, BOX), 7, "twice"),
        (coparn(), 0, "no container"), (coparn(BOX, NAD="na d+1"), 5, "no tag"), (coparn(BOX) + "UNB?", 10, "release"),
        (coparn(BOX, doc="D" * 200), 3, "too long"), ("", 0, ""), ("UNA:+", 1, ""),
    ],
)  # fmt: skip
def test_a_broken_segment_is_named_and_nothing_of_the_file_counts(
    line: Rig, data: str, segment: int, text: str
) -> None:
    receipt = line.send("x.edi", data)
    assert receipt["verdict"] == "refused"
    error = receipt["error"]
    if data:
        assert error["code"] == "drop.bad_segment"
        assert (error["facts"]["segment"], text in error["en"]) == (segment, True), error
    assert line.orders == []
    assert line.path("error", "x.edi").is_file()


def test_service_characters_may_be_others_and_releases_count() -> None:
    found = segments("UNA;*.! ~UNB*UNOA;2*A!*B~RFF*BN;x!;y~")
    assert [s.tag for s in found] == ["UNB", "RFF"]
    assert found[0].at(1) == "A*B"
    assert (found[1].at(0, 1), found[1].at(5), found[1].at(0, 9)) == ("x;y", "", "")


@pytest.mark.parametrize("filler", ["+", ":", "x", "\n", "?+"])
def test_a_segment_without_an_end_is_refused_before_it_costs_time_and_memory(filler: str) -> None:
    """A component of 20 MB took a time that grows with its square, in the one thread of all partners."""
    with pytest.raises(AmrError, match="longer than") as caught:
        segments("UNB+UNOA:2'FTX+" + filler * 6000 + "'")
    assert caught.value.facts["segment"] == 2
    assert len(segments("UNB+UNOA:2'" + f"FTX+{'x' * 2500}'\r\n" * 3)) == 4


@pytest.mark.parametrize("sign", ["+", ":"])
def test_many_segments_of_nothing_but_signs_are_refused_before_they_fill_the_memory(sign: str) -> None:
    """Each of 20 million signs made a list."""
    text = "UNB+UNOA:2'" + ("FTX" + sign * 4000 + "'") * 260
    with pytest.raises(AmrError, match="more than 1000000 components"):
        segments(text)


def test_a_number_with_a_wrong_check_digit_is_taken_where_a_partner_is_trusted_with_it() -> None:
    partner = Partner.model_validate({**LINE, "check_digit": False})
    found = read_coparn(coparn("CSQU3054384").encode(), partner)
    assert [one.container for one in found] == ["CSQU3054384"]


# CODECO --------------------------------------------------------------------------------------------------------------


def test_gate_moves_of_announced_containers_are_told_once_and_readable(line: Rig) -> None:
    line.look()
    line.send("r.edi", coparn(BOX))
    order = line.orders[0].order_id
    done = JournalEntry(t=1_800_000_000.0, kind="order_done", order_id=order, robot="amr_01", facts={"place": "G1"})
    elsewhere = JournalEntry(t=1_800_000_000.0, kind="order_picked", order_id=order, robot="a", facts={"place": "A1W"})
    foreign = JournalEntry(t=1.0, kind="order_done", order_id="T9", robot="a", facts={"place": "G1"})
    line.fleet.journal += [elsewhere, done, foreign]
    line.look()
    line.look()
    files = sorted(line.path("out", "").glob("codeco_*.edi"))
    assert len(files) == 1
    message = messages(segments(files[0].read_text(encoding="ascii")), "AMR")[0]
    assert (message.kind, message.version) == ("CODECO", "D:95B")
    said = {s.tag: s for s in message.segments}
    assert (said["BGM"].at(0), said["EQD"].at(1), said["RFF"].at(0, 1)) == ("36", BOX, "REL1")
    assert (said["DTM"].at(0, 1), said["LOC"].at(1)) == ("202701151500", "VNCCU")


def test_texts_in_codeco_are_escaped_and_ascii() -> None:
    partner = Partner.model_validate(LINE)
    assert partner.codeco is not None
    data = codeco(5, "34", BOX, "Lệnh+1'", datetime(2027, 1, 15, 15, 0), partner.codeco)
    message = messages(segments(data.decode("ascii")))[0]
    assert next(s for s in message.segments if s.tag == "RFF").at(0, 1) == "L?NH+1'"


def test_a_long_document_number_is_cut_without_breaking_the_message() -> None:
    """Cut after it was escaped, it could end with a release character, which took the segment's end with it."""
    partner = Partner.model_validate(LINE)
    assert partner.codeco is not None
    for length in range(30, 75):
        document = "D" * length + "+" * 40
        data = codeco(5, "34", BOX, document, datetime(2027, 1, 15, 15, 0), partner.codeco)
        message = messages(segments(data.decode("ascii")))[0]
        assert next(s for s in message.segments if s.tag == "RFF").at(0, 1) == document[:35]


# Settings and size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"name": "W M S"}, {"columns": {"pick_place": "a"}}, {"columns": {"colour": "a"}}, {"columns": {}},
        {"rows": "some"}, {"encoding": "klingon"}, {"more": 1}, {"ways": {"x": {}}}, {"codeco": {}},
    ],
)  # fmt: skip
def test_wrong_settings_are_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "drop.yaml"
    path.write_text(json.dumps({"folder": str(tmp_path), "partners": [WMS]}), encoding="utf-8")
    assert load_drop(path).partners[0].name == "wms"
    path.write_text(json.dumps({"folder": str(tmp_path), "partners": [WMS | change]}), encoding="utf-8")
    with pytest.raises(AmrError) as caught:
        load_drop(path)
    assert caught.value.code == "parameter.invalid"
    for text in ("", "[]", "{", "\x00", json.dumps({"folder": "x", "partners": [WMS, WMS]})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AmrError):
            load_drop(path)


def test_ten_thousand_rows_are_read() -> None:
    text = HEAD + "".join(f"D01;A1W;{i};;;\r\n" for i in range(10_000))
    assert len(read_table("a.csv", text.encode(), Partner.model_validate(WMS))) == 10_000
