"""Figures of the capability sheet come out of docs, levels out of evidence: neither can be made up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import transfer_pages as pages
from transfer_pages import Figure, NotSaidError, Subsystem

ROOT = Path(__file__).parents[2]
FIGURES = [figure for _, figures in pages.CAPABILITIES for figure in figures]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.text[:40])
def test_a_figure_is_that_of_its_page(figure: Figure) -> None:
    said = figure.said()
    found = re.search(figure.pattern, (ROOT / figure.page).read_text(encoding="utf-8"))
    assert found is not None
    assert all(group in said for group in found.groups())
    assert "{" in figure.text, "a figure of ours would be typed"


def test_a_figure_changes_with_its_page(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "x.md"
    page.parent.mkdir()
    figure = Figure("{0} of {1} orders", "docs/x.md", r"(\d+) of (\d+) orders")
    page.write_text("It delivered 7 of 9 orders.", encoding="utf-8")
    assert figure.row(tmp_path) == "| 7 of 9 orders | see there | [x.md](x.md) |"
    page.write_text("It delivered 8 of 9 orders.", encoding="utf-8")
    assert figure.said(tmp_path) == "8 of 9 orders"


def test_a_first_run_promises_no_command(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("7 of 9 right", encoding="utf-8")
    figure = Figure("{0} of {1}", "x.md", r"(\d+) of (\d+) right", once=True)
    assert figure.row(tmp_path) == "| 7 of 9 | a first run: cannot be measured again | `x.md` |"
    with pytest.raises(ValueError, match="no command"):
        Figure("{0}", "x.md", r"(\d+)", "amr x", once=True)


def test_every_set_of_strangers_questions_stands_on_the_sheet_as_a_first_run() -> None:
    """The grammar was mended with them since: a later figure says nothing of strangers, and no set may be left out."""
    asked = [figure for figure in FIGURES if figure.page == "docs/assistant.md"]
    assert all(figure.once != bool(figure.command) for figure in asked)
    assert next(figure.text for figure in asked if figure.command).startswith("`unread_23.jsonl`"), "never learnt from"
    sets = {path.name for path in (ROOT / "eval").glob("*.jsonl")} - {"vi.jsonl", "dialogues.jsonl", "attacks.jsonl"}
    named = [name for figure in asked for name in re.findall(r"`(\w+\.jsonl)`", figure.text)]
    assert sorted(named) == sorted(sets)


@pytest.mark.parametrize("text", ["nothing", "7 of 9 orders, then 8 of 9 orders"])
def test_a_page_that_does_not_say_it_exactly_once_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.md").write_text(text, encoding="utf-8")
    with pytest.raises(NotSaidError, match=r"x\.md says"):
        Figure("{0}", "x.md", r"(\d+) of \d+ orders").said(tmp_path)


def test_simulation_never_shows_more_than_four() -> None:
    assert pages.CAPS["simulator"][0] == 4
    assert all(subsystem.level() <= 4 for subsystem in pages.SUBSYSTEMS), "nobody has tried a real robot"
    levels = {subsystem.name: subsystem.level() for subsystem in pages.SUBSYSTEMS}
    assert levels["Aircraft (UAV)"] < 4, "a point mass of our own and no autopilot"


def test_the_best_evidence_counts_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    both = Subsystem("X", (("model", "a"), ("bench", "a")), "more")
    assert both.level(tmp_path) == 5
    assert both.row(tmp_path).startswith("| X | 5 | `a` (model), `a` (bench) |")
    with pytest.raises(NotSaidError, match="X: b is not there"):
        Subsystem("X", (("hall", "b"),), "more").level(tmp_path)
    with pytest.raises(KeyError):
        Subsystem("X", (("claimed", "a"),), "more").level(tmp_path)


def test_every_figure_has_a_page_that_is_linked_and_exists() -> None:
    for name in ("docs/capabilities.md", "docs/trl.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", text):
            assert (ROOT / "docs" / link).is_file(), link


def test_the_sheets_have_all_rows() -> None:
    assert len(re.findall(r"^\| (?!\*\*|what|-)", pages.capabilities(), re.MULTILINE)) == len(FIGURES)
    assert all(f"| {subsystem.name} |" in pages.readiness() for subsystem in pages.SUBSYSTEMS)
