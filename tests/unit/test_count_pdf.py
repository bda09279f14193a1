"""The record of a count: what the racks showed beside what the book says, when it was read, who signs."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.flight_views import ALARMS
from amr_fleet.report.count import count_of
from amr_fleet.report.count_order import CountOrder
from amr_fleet.report.count_words import WORDS
from tests.unit.count_rig import FLIGHT, LOAD, entries, planned
from tests.unit.flight_rig import SITE, FlightRig


@pytest.fixture(scope="module")
def counted() -> list[JournalEntry]:
    """A journal with a flight that is over: a difference of each kind, an order made of one, one looked after."""
    return [*planned(), *entries()]


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
        "Sổ và kệ khớp nhau ở các ô đã đọc.", "Chỉ đếm các tầng đã ghi", "Tầng 1", "B1W-05-1",
        "điều hành viên cho dừng", "An ?",
    ):  # fmt: skip
        assert said.replace(" ", "") in text, said
    assert "flight." not in text, "a code says nothing to who signs"


# Why a flight that has read something is over: a person, the ground, what was found in the air.
WHY = ("flight.called_off", "flight.recovered", "flight.robot_under", "flight.off_pad", "flight.not_landed", *ALARMS)
PAGE = Path(__file__).parents[2] / "src" / "amr_fleet" / "web" / "src" / "features" / "flights" / "texts.ts"


@pytest.mark.parametrize("code", [code for code in WHY if code != "alarm.flight_stray"])
def test_why_a_count_ended_is_said_in_words_and_where_the_page_has_them_in_its_own(code: str) -> None:
    said = [WORDS[lang][code] for lang in ("vi", "en")]
    shown = re.findall(rf'"flights.why.{code.removeprefix("flight.")}": "([^"]+)"', PAGE.read_text(encoding="utf-8"))
    assert shown in ([], said)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_levels_are_listed_and_where_all_were_to_be_counted_that_is_said(tmp_path: Path) -> None:
    for levels, vi, en in (([1, 3], "Tầng 1, 3", "Levels 1, 3"), ([], "Tầng tất cả", "Levels all")):
        rig = FlightRig()
        rig.planned(["B1"], levels)
        for lang, said in (("vi", vi), ("en", en)):
            made = CountOrder(FLIGHT, "vi" if lang == "vi" else "en").make([*rig.journal, *entries()], SITE)
            assert said in " ".join(text_of(made, tmp_path).split()), said


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_a_difference_names_its_picture_and_links_it_where_the_dashboard_is_known(
    counted: list[JournalEntry], tmp_path: Path
) -> None:
    photo = "5eaf00d1" * 8
    facts: dict[str, Any] = {"flight": FLIGHT, "point": "B1W-02-1", "photo": photo, "taken": 7561.0, "refused": ""}
    shot = JournalEntry(t=9001.0, kind="flight_picture", facts={**facts, "x": 1.0, "y": 2.0, "z": 3.0})
    plain, linked = (CountOrder(FLIGHT, "vi", page).make([*counted, shot], SITE) for page in ("", "https://kho"))
    assert "5eaf00d1" in text_of(plain, tmp_path)
    assert photo.encode() not in plain
    assert f"https://kho/api/v1/photos/{photo}".encode() in linked
    assert "5eaf00d1" not in text_of(CountOrder(FLIGHT).make(counted, SITE), tmp_path)


def test_each_cell_has_the_time_when_it_was_read(counted: list[JournalEntry]) -> None:
    count = count_of(counted, FLIGHT)
    assert count.read_at["B1W-02-1"] == 7560.0
    assert (count.cells, count.read("label"), count.read("empty"), count.read("unreadable")) == (16, 2, 1, 1)


def test_a_flight_that_is_not_over_or_not_there_has_no_record() -> None:
    for flight, code in ((FLIGHT, "flight.wrong_state"), ("F000099", "flight.not_found")):
        with pytest.raises(AmrError) as refused:
            CountOrder(flight).make(planned(), SITE)
        assert refused.value.code == code
