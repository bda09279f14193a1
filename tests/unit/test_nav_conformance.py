"""Answers of two navigations side by side, their table, and where it is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_lab.nav_peer import conformance, run, side
from amr_lab.nav_peer.conformance import DIFFERENT, MEANT, SAME, compare, table

NAV2 = {"spin": "SUCCEEDED 0", "wait": "SUCCEEDED 0", "topic map": "nav_msgs/msg/OccupancyGrid"}


@pytest.fixture(autouse=True)
def _reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "REASONS", {"topic": "topics are another matter", "topic map": "maps above all"})


def test_answers_are_the_same_or_differ_or_differ_for_a_reason() -> None:
    ours = {**NAV2, "wait": "ABORTED 0", "topic map": "none"}
    assert [(row.case, row.verdict) for row in compare(NAV2, ours)] == [
        ("spin", SAME), ("wait", DIFFERENT), ("topic map", MEANT),
    ]  # fmt: skip
    assert compare(NAV2, ours)[2].reason == "maps above all", "the reason of the longest beginning"


def test_a_case_that_only_one_side_was_asked_differs() -> None:
    rows = compare({"spin": "SUCCEEDED 0"}, {"dock": "ABORTED 901"})
    assert [(row.nav2, row.ours, row.verdict) for row in rows] == [
        ("SUCCEEDED 0", "not asked", DIFFERENT), ("not asked", "ABORTED 901", DIFFERENT),
    ]  # fmt: skip


def test_the_table_counts_and_shows_every_case() -> None:
    text = table(compare(NAV2, {**NAV2, "wait": "CANCELED 0"}), "Here:")
    assert text.startswith("Here: 3 cases: 2 the same, 0 differ and are meant to, 1 differ.")
    assert "| wait | SUCCEEDED 0 | CANCELED 0 | DIFFERENT |" in text
    assert text.count("\n|") == 2 + 3


def test_answers_of_an_earlier_run_are_judged_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen, document, copy = tmp_path / "seen.json", tmp_path / "nav2.md", tmp_path / "copy.json"
    sides = {"nav2": NAV2, "embedded": NAV2}
    seen.write_text(json.dumps(sides))
    document.write_text("before\n<!-- conformance -->\nold\n<!-- /conformance -->\nafter\n")
    assert run.run_conformance(copy, document, "1", seen)
    text = document.read_text()
    assert text.startswith("before\n<!-- conformance -->\n")
    assert text.endswith("<!-- /conformance -->\nafter\n")
    assert "old" not in text
    assert "3 the same" in text
    assert json.loads(copy.read_text()) == sides
    seen.write_text(json.dumps({"nav2": NAV2, "embedded": {**NAV2, "spin": "ABORTED 701"}}))
    assert not run.run_conformance(None, None, "1", seen)
    assert "spin: Nav2 SUCCEEDED 0, embedded ABORTED 701" in capsys.readouterr().out


def test_a_document_without_its_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "other.md"
    document.write_text("nothing of it")
    with pytest.raises(AmrError) as caught:
        run.into(document, "conformance", "text")
    assert caught.value.code == "run.bad_option"
    assert document.read_text() == "nothing of it"


def test_without_the_real_programs_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    with pytest.raises(AmrError) as caught, side.started("nav2", tmp_path, rtf="1"):
        pytest.fail("nothing may be started")
    assert caught.value.code == "ros.missing"


def test_the_document_shows_no_difference_without_a_reason() -> None:
    text = (Path(__file__).parents[2] / "docs" / "nav2.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- conformance -->\n(.*?)\n<!-- /conformance -->", text, flags=re.DOTALL)
    assert shown is not None
    assert shown[1].count("\n|") > 80
    assert DIFFERENT not in shown[1]
