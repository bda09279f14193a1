"""The record of a count: what the racks showed beside what the book says, when it was read, who signs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.count import count_of
from amr_fleet.report.count_order import CountOrder
from tests.unit.flight_rig import SITE, FlightRig

FLIGHT = "F000001"


LOAD = "389345670000000469"
# What a count of two aisles wrote down: kind of entry, fleet time (s), facts.
FACTS: list[tuple[Any, float, dict[str, Any]]] = [
    ("flight_started", 20.0, {"pilot": "Nguyễn Văn A", "licence": "instrument", "wind": 1.0, "rain": False,
                              "cleared": True, "light": 300.0, "present": True}),
    ("flight_state", 21.0, {"state": "CLEARING", "why": ""}),
    ("flight_state", 60.0, {"state": "FLYING", "why": ""}),
    ("flight_cell", 7500.0, {"cell": "B1W-01-1", "found": "label", "sscc": LOAD}),
    ("flight_cell", 7560.0, {"cell": "B1W-02-1", "found": "unreadable", "sscc": ""}),
    ("flight_cell", 7620.0, {"cell": "B1W-03-1", "found": "label", "sscc": "389345670000000551"}),
    ("flight_cell", 7680.0, {"cell": "B1W-04-1", "found": "empty", "sscc": ""}),
    ("flight_difference", 9000.0, {"difference": "misplaced", "load_id": LOAD, "found": "B1", "booked": "B3",
                                   "cell": "B1W-01-1", "sure": True, "refused": ""}),
    ("flight_difference", 9000.0, {"difference": "unreadable", "load_id": "", "found": "B1", "booked": "",
                                   "cell": "B1W-02-1", "sure": True, "refused": ""}),
    ("flight_difference", 9000.0, {"difference": "not_in_book", "load_id": "389345670000000551", "found": "B1",
                                   "booked": "", "cell": "B1W-03-1", "sure": True, "refused": ""}),
    ("flight_difference", 9000.0, {"difference": "missing", "load_id": "389345670000000049", "found": "",
                                   "booked": "B1", "cell": "", "sure": False, "refused": ""}),
    ("flight_state", 9000.0, {"state": "DONE", "why": ""}),
    ("flight_checked", 9100.0, {"number": 1, "user": "<b>An"}),
]  # fmt: skip


def planned() -> list[JournalEntry]:
    rig = FlightRig()
    rig.planned(["B1"], [1])
    return list(rig.journal)


@pytest.fixture(scope="module")
def counted() -> list[JournalEntry]:
    """A journal with a flight that is over: a difference of each kind, an order made of one, one looked after."""
    return planned() + [
        JournalEntry(
            t=t, kind=kind, facts={"flight": FLIGHT, "user": "lan", **facts},
            order_id="T000007" if facts.get("difference") == "misplaced" else "",
        )
        for kind, t, facts in FACTS
    ]  # fmt: skip


def text_of(pdf: bytes, folder: Path) -> str:
    path = folder / "count.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_the_record_names_each_difference_with_book_racks_time_and_order(
    counted: list[JournalEntry], tmp_path: Path
) -> None:
    made = CountOrder(FLIGHT).make(counted, SITE)
    assert made == CountOrder(FLIGHT).make(counted, SITE), "the same count, the same bytes"
    text = " ".join(text_of(made, tmp_path).split())
    for said in (
        "Biên bản kiểm kê bằng máy bay", FLIGHT, "Nguyễn Văn A", "4 / 16 ô", "2 có hàng, 1 trống, 1 không đọc được",
        "00:00 – 02:30", "02:05", "02:06", "02:07", "T000007", "B1W-01-1", LOAD, "Thủ kho",
        "(ký, ghi rõ họ tên, ngày)", "Sai chỗ", "Không có trong sổ", "Chưa thấy", SITE.place("B3").name_vi,
        "<b>An",
    ):  # fmt: skip
        assert said.replace(" ", "") in text.replace(" ", ""), said


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_it_is_there_in_english(counted: list[JournalEntry], tmp_path: Path) -> None:
    text = " ".join(text_of(CountOrder(FLIGHT, "en").make(counted, SITE), tmp_path).split())
    assert "Record of a count from the air" in text
    assert "Wrong place" in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_what_was_not_compared_is_said_and_a_character_of_no_font_is_a_question_mark(
    counted: list[JournalEntry], tmp_path: Path
) -> None:
    bare = [entry for entry in counted if entry.kind not in ("flight_difference", "flight_checked")]
    ended = [
        replace(entry, facts={**entry.facts, "state": "ABORTED", "why": "flight.called_off"})
        if entry.facts.get("state") == "DONE"
        else replace(entry, facts={**entry.facts, "pilot": "An 試"}) if entry.kind == "flight_started" else entry
        for entry in bare
    ]  # fmt: skip
    text = "".join(text_of(CountOrder(FLIGHT).make(ended, SITE), tmp_path).split())
    for said in (
        "Sổ và kệ khớp nhau ở các ô đã đọc.", "Chỉ đếm các tầng đã ghi", "Tầng 1", "B1W-05-1", "flight.called_off",
        "An ?",
    ):  # fmt: skip
        assert said.replace(" ", "") in text, said


def test_each_cell_has_the_time_when_it_was_read(counted: list[JournalEntry]) -> None:
    count = count_of(counted, FLIGHT)
    assert count.read_at["B1W-02-1"] == 7560.0
    assert (count.cells, count.read("label"), count.read("empty"), count.read("unreadable")) == (16, 2, 1, 1)


def test_a_flight_that_is_not_over_or_not_there_has_no_record() -> None:
    for flight, code in ((FLIGHT, "flight.wrong_state"), ("F000099", "flight.not_found")):
        with pytest.raises(AmrError) as refused:
            CountOrder(flight).make(planned(), SITE)
        assert refused.value.code == code
