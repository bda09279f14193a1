"""The cards of the acceptance test: what is shown, by which commands, and what must come out. `amr accept` runs them.

A command is the words after `amr`; `{work}` is a folder of the run that all cards share, so that a card may need one
before it. What must come out is said as data, so that the page (docs/acceptance.md) and the run cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Relation = Literal["==", "<=", ">="]


@dataclass(frozen=True)
class CardFigure:
    """One figure of a JSON file that a command wrote. file: name in the work folder; key: of its top level."""

    file: str
    key: str
    relation: Relation
    value: float

    def __str__(self) -> str:
        return f"`{self.key}` {self.relation} {self.value:g}"


@dataclass(frozen=True)
class CardCommand:
    """One command. says: texts that its output must hold; code: how it must end."""

    words: str
    says: tuple[str, ...] = ()
    code: int = 0


@dataclass(frozen=True)
class AcceptanceCard:
    """One card. id: never given to another; needs: cards before it; quick: within minutes on any computer.

    evidence: where the same is tested on every change, a path in the sources.
    """

    id: str
    vi: str
    en: str
    steps: tuple[CardCommand, ...]
    evidence: str
    figures: tuple[CardFigure, ...] = ()
    needs: tuple[str, ...] = ()
    quick: bool = True

    def expected(self) -> str:
        """What must come out, in words and figures."""
        said = [f"“{text}”" for step in self.steps for text in step.says]
        codes = [f"exit code {step.code}" for step in self.steps if step.code]
        return "; ".join([*said, *codes, *map(str, self.figures)]) or "exit code 0"


_PERIOD: Final = "2027-01-01T06:00/2027-01-01T08:00"

CARDS: Final[tuple[AcceptanceCard, ...]] = (
    AcceptanceCard(
        "A01", "Mặt bằng mẫu hợp lệ", "The reference site is sound",
        (CardCommand("site lint cai_cui", ("0 errors",)),),
        "tests/unit/test_site_lint.py",
    ),
    AcceptanceCard(
        "A02", "Hai robot giao hàng trên ROS 2, không va chạm, không kẹt",
        "Two robots deliver over ROS 2 without collision and deadlock",
        (CardCommand("run --site lab --robots 2 --orders 4 --seed 1 --rtf max --headless --report {work}/a02.json "
              "--state {work}/a02"),),
        "tests/system/run",
        (CardFigure("a02.json", "orders_done", "==", 4), CardFigure("a02.json", "collisions", "==", 0),
         CardFigure("a02.json", "deadlocks", "==", 0), CardFigure("a02.json", "loads_dropped", ">=", 4)),
    ),
    AcceptanceCard(
        "A03", "Sổ nhật ký của lượt chạy còn nguyên vẹn", "The records of that run are whole",
        (CardCommand("journal verify {work}/a02", (": whole",)),),
        "tests/store/test_ledger.py", needs=("A02",),
    ),
    AcceptanceCard(
        "A04", "Bản sao lưu của sổ nhật ký còn nguyên vẹn", "A backup of the records is whole",
        (CardCommand("journal backup {work}/a02/journal.sqlite3 {work}/a04.sqlite3", ("root ",)),
         CardCommand("journal verify {work}/a04.sqlite3", (": whole",))),
        "tests/store/test_copies.py", needs=("A02",),
    ),
    AcceptanceCard(
        "A05", "Khôi phục đè lên sổ đang có bị từ chối", "To restore over records that exist is refused",
        (CardCommand("journal restore {work}/a04.sqlite3 {work}/a02/journal.sqlite3 --by acceptance",
                     ("store.not_empty",), code=2),),
        "tests/store/test_copies.py", needs=("A02", "A04"),
    ),
    AcceptanceCard(
        "A06", "Tám giờ vận hành mô phỏng của cả đội", "Eight simulated hours of the whole fleet",
        (CardCommand("simulate {work}/a06 --hours 8 --tracks 6-8"),
         CardCommand("journal verify {work}/a06", (": whole",))),
        "tests/unit/test_operation.py",
    ),
    AcceptanceCard(
        "A07", "Báo cáo ca từ sổ nhật ký", "The shift report comes from the records",
        (CardCommand("report shift {work}/a06/journal.sqlite3 {work}/a07.pdf"),
         CardCommand("report shift {work}/a06/journal.sqlite3 {work}/a07.json")),
        "tests/unit/test_report_cli.py", needs=("A06",),
    ),
    AcceptanceCard(
        "A08", "Xuất bộ dữ liệu mở đã ẩn danh", "The open dataset is exported, anonymised",
        (CardCommand(f"dataset export {{work}}/a06 --period {_PERIOD} --seed 1 --out {{work}}/a08"),),
        "tests/unit/test_dataset_export.py", needs=("A06",),
    ),
    AcceptanceCard(
        "A09", "Một mặt bằng không có bị từ chối bằng một câu", "A site that does not exist is refused in one sentence",
        (CardCommand("site lint no_such_site", ("site.unknown",), code=2),),
        "tests/unit/test_site_lint.py",
    ),
    AcceptanceCard(
        "A10", "Kho mẫu: 12 robot, 60 đơn, không va chạm, không kẹt",
        "The reference warehouse: 12 robots, 60 orders, no collision, no deadlock",
        (CardCommand("run --site cai_cui --robots 12 --orders 60 --seed 1 --rtf max --headless "
                     "--report {work}/a10.json"),),
        "tests/system/run",
        (CardFigure("a10.json", "orders_done", "==", 60), CardFigure("a10.json", "collisions", "==", 0),
         CardFigure("a10.json", "deadlocks", "==", 0)),
        quick=False,
    ),
    AcceptanceCard(
        "A11", "Tắt đột ngột bộ điều phối 20 lần, không mất đơn nào", "The fleet is killed 20 times and loses no order",
        (CardCommand("bench kills --count 20 --seed 1"),),
        "tests/store/test_storage_trouble.py", quick=False,
    ),
    AcceptanceCard(
        "A12", "Hồ sơ thử nghiệm được lập và kiểm tra được", "The dossier of a trial is made and verifies",
        (CardCommand("simulate {work}/a12 --hours 1 --trial"),
         CardCommand("sandbox dossier {work}/a12 {work}/a12-dossier"),
         CardCommand("sandbox verify {work}/a12-dossier", ("hồ sơ nguyên vẹn",))),
        "tests/unit/test_sandbox_dossier.py",
    ),
    AcceptanceCard(
        "A13", "Báo cáo định kỳ được lập và kiểm tra được", "The periodic report is made and verifies",
        (CardCommand("report periodic --journal {work}/a12 --period 2027-01 --out {work}/a13"),
         CardCommand("report verify {work}/a13/bao-cao-2027-01.pdf --journal {work}/a12")),
        "tests/unit/test_report_cli.py", needs=("A12",),
    ),
)  # fmt: skip


def chosen(ids: Sequence[str], *, quick: bool) -> list[AcceptanceCard]:
    """Return the cards to run, in their order, with those that they need; raises KeyError for an id of none."""
    by_id = {card.id: card for card in CARDS}
    wanted: set[str] = set()

    def add(card: AcceptanceCard) -> None:
        wanted.add(card.id)
        for other in card.needs:
            add(by_id[other])

    for card in [by_id[name] for name in ids] or [card for card in CARDS if card.quick or not quick]:
        add(card)
    return [card for card in CARDS if card.id in wanted]


def markdown() -> str:
    """Return the table of docs/acceptance.md."""
    rows = [
        "| card | what | commands: words after amr | expected | needs | also tested by |",
        "|---|---|---|---|---|---|",
    ]
    for card in CARDS:
        commands = "<br>".join(f"`{step.words}`" for step in card.steps)
        long = "" if card.quick else " (long)"
        needs = ", ".join(card.needs)
        rows.append(f"| {card.id}{long} | {card.en}<br>{card.vi} | {commands} | {card.expected()} | {needs} | "
                    f"`{card.evidence}` |")  # fmt: skip
    return "\n".join(rows)
