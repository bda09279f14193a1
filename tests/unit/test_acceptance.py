"""Acceptance cards: what must come out is said once; a run that deviates says where, and nothing passes by silence."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from amr_bringup.acceptance import run as running
from amr_bringup.acceptance.cards import CARDS, AcceptanceCard, CardCommand, CardFigure, chosen, markdown
from amr_bringup.acceptance.run import CardOutcome, as_json, as_page, run_card
from amr_bringup.cli import app

ROOT = Path(__file__).parents[2]
BY_ID = {card.id: card for card in CARDS}


def card(*steps: CardCommand, figures: tuple[CardFigure, ...] = (), needs: tuple[str, ...] = ()) -> AcceptanceCard:
    return AcceptanceCard("X01", "Thẻ thử", "A card to try", steps, "tests/unit/test_acceptance.py", figures, needs)


def answers(*told: tuple[int, str]) -> tuple[running.Runner, list[list[str]]]:
    """Return a runner that gives these answers one after another, and the calls it got."""
    left, calls = list(told), []

    def runner(words: Sequence[str]) -> tuple[int, str]:
        calls.append(list(words))
        return left.pop(0)

    return runner, calls


def test_ids_are_unique_and_needs_come_before() -> None:
    ids = [card.id for card in CARDS]
    assert len(set(ids)) == len(ids)
    for place, one in enumerate(CARDS):
        assert set(one.needs) <= set(ids[:place]), one.id
        assert (ROOT / one.evidence).exists(), f"{one.id}: {one.evidence}"
        assert one.vi.strip()
        assert one.en.strip()


def test_a_quick_card_needs_no_long_one() -> None:
    for one in CARDS:
        if one.quick:
            assert all(BY_ID[name].quick for name in one.needs), one.id


@pytest.mark.parametrize("step", [s for c in CARDS for s in c.steps], ids=lambda step: step.words[:40])
def test_every_command_exists_with_its_options(step: CardCommand) -> None:
    command: object = typer.main.get_command(app)
    words = shlex.split(step.words)
    while words and hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}  # type: ignore[attr-defined]
    assert {word for word in words if word.startswith("--")} <= known


def test_a_chosen_card_brings_those_that_it_needs() -> None:
    assert [one.id for one in chosen(["A05"], quick=False)] == ["A02", "A04", "A05"]
    assert all(one.quick for one in chosen([], quick=True))
    assert len(chosen([], quick=False)) == len(CARDS)
    with pytest.raises(KeyError):
        chosen(["A99"], quick=False)


def test_a_card_passes_when_everything_is_as_expected(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"orders_done": 4}', encoding="utf-8")
    runner, calls = answers((0, "3 sites,\n 0 errors"), (1, "[store.not_empty] x"))
    steps = (
        CardCommand("site lint {work}/a", ("0 errors", "sites, 0")),
        CardCommand("journal x", ("store.not_empty",), code=1),
    )
    outcome = run_card(card(*steps, figures=(CardFigure("r.json", "orders_done", "==", 4),)), tmp_path, set(), runner)
    assert (outcome.passed, outcome.faults, outcome.seen) == (True, (), {"orders_done": 4.0})
    assert calls == [["site", "lint", f"{tmp_path}/a"], ["journal", "x"]]


@pytest.mark.parametrize(("told", "fault"), [
    ((2, "0 errors"), "exit code 2, not 0"),
    ((0, "1 errors"), "“0 errors” was not said"),
    ((0, ""), "“0 errors” was not said"),
])  # fmt: skip
def test_what_deviates_is_said_and_ends_the_card(tmp_path: Path, told: tuple[int, str], fault: str) -> None:
    runner, calls = answers(told, (0, ""))
    outcome = run_card(card(CardCommand("site lint lab", ("0 errors",)), CardCommand("never")), tmp_path, set(), runner)
    assert not outcome.passed
    assert fault in outcome.faults[0]
    assert len(calls) == 1, "what comes after builds on it"


@pytest.mark.parametrize(("text", "fault"), [
    ('{"n": 5}', "n is 5, not <= 4"),
    ('{"n": true}', "has no figure n"), ('{"n": "4"}', "has no figure n"), ('{"n": NaN}', "has no figure n"),
    ("[]", "has no figure n"), ("{", "has no figure n"), ("{}", "has no figure n"), ("[" * 100_000, "has no figure n"),
])  # fmt: skip
def test_a_figure_that_is_wrong_or_none_fails(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    runner, _ = answers((0, ""))
    outcome = run_card(card(CardCommand("x"), figures=(CardFigure("r.json", "n", "<=", 4),)), tmp_path, set(), runner)
    assert [fault in one for one in outcome.faults] == [True]


def test_a_file_that_nobody_wrote_fails(tmp_path: Path) -> None:
    runner, _ = answers((0, ""))
    outcome = run_card(card(CardCommand("x"), figures=(CardFigure("r.json", "n", ">=", 0),)), tmp_path, set(), runner)
    assert outcome.faults == ("r.json has no figure n",)


def test_a_card_whose_ground_is_missing_is_not_tried(tmp_path: Path) -> None:
    runner, calls = answers()
    outcome = run_card(card(CardCommand("x"), needs=("A02",)), tmp_path, {"A01"}, runner)
    assert outcome.faults == ("not tried: A02 did not pass",)
    assert not calls


def test_the_page_can_be_signed_and_shows_every_fault() -> None:
    good = CardOutcome(CARDS[0], 1.0, (), {"orders_done": 4.0})
    bad = CardOutcome(CARDS[1], 2.0, ("amr x: exit code 1 | it\nsaid `no`",), {})
    page = as_page([good, bad], 1_700_000_000.0)
    assert "| A01 |" in page
    assert "ĐẠT / passed | orders_done 4 | 1 |" in page
    assert "- A02: amr x: exit code 1 / it said 'no'" in page
    assert page.count("| | | |") >= 3, "who signs"
    facts = as_json([good, bad], 1_700_000_000.0)
    assert (facts["passed"], facts["began"]) == (False, "2023-11-14T22:13:20Z")
    assert json.loads(json.dumps(facts))["cards"][1]["faults"] == ["amr x: exit code 1 | it\nsaid `no`"]


def test_the_commands_protocol_and_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"site": (0, "0 errors")}
    monkeypatch.setattr(running, "amr", lambda words: said.get(words[0], (3, "no")))
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["accept", "A01", "A03", "--out", str(out)])
    assert done.exit_code == 1
    assert "A01 passed" in done.output
    assert "A02 FAILED" in done.output
    assert "1 of 3 cards passed" in done.output
    facts = json.loads((out / "protocol.json").read_text(encoding="utf-8"))
    assert [one["passed"] for one in facts["cards"]] == [True, False, False]
    assert "not tried: A02" in (out / "protocol.md").read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["accept", "A01", "--out", str(tmp_path / "two")]).exit_code == 0


def test_the_hash_that_is_signed_is_that_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "amr", lambda _: (3, "không có … “quotes”"))
    out = tmp_path / "out"
    CliRunner().invoke(app, ["accept", "A01", "A03", "--out", str(out)])
    digest = hashlib.sha256((out / "protocol.json").read_bytes()).hexdigest()
    assert f"`sha256sum protocol.json`: `{digest}`" in (out / "protocol.md").read_text(encoding="utf-8")


def test_cards_that_were_not_run_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "amr", lambda _: (0, "0 errors"))
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["accept", "A01", "--out", str(out)])
    others = [one.id for one in CARDS if one.id != "A01"]
    assert f"not run: {', '.join(others)}" in done.output
    facts = json.loads((out / "protocol.json").read_text(encoding="utf-8"))
    assert (facts["passed"], facts["complete"], facts["not_run"]) == (True, False, others)
    page = (out / "protocol.md").read_text(encoding="utf-8")
    assert f"**Một phần / partial: {len(others)} thẻ không chạy / cards not run: {', '.join(others)}**" in page
    for one in CARDS:
        result = "ĐẠT / passed" if one.id == "A01" else "không chạy / not run"
        assert f"| {one.id} | {one.vi} / {one.en} | {result} |" in page


def test_a_protocol_of_all_cards_says_that_it_is_whole() -> None:
    every = [CardOutcome(one, 1.0, (), {}) for one in CARDS]
    facts = as_json(every, 1_700_000_000.0)
    assert (facts["passed"], facts["complete"], facts["not_run"]) == (True, True, [])
    assert "không chạy" not in as_page(every, 1_700_000_000.0)
    cut = as_json(every[:1], 1_700_000_000.0)
    assert not cut["complete"], "as when the computer went down after the first card"


def test_wrong_options_are_refused_before_anything_runs(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["accept", "A99", "--out", str(tmp_path / "out")])
    assert done.exit_code != 0
    assert "run.bad_option" in str(done.exception)
    assert not (tmp_path / "out").exists()
    done = CliRunner().invoke(app, ["accept", "--out", str(tmp_path)])
    assert "run.bad_option" in str(done.exception), "nothing is overwritten"


def test_the_table_has_every_card() -> None:
    rows = markdown().splitlines()[2:]
    assert [row.split("|")[1].strip().split()[0] for row in rows] == [one.id for one in CARDS]
    assert "“0 errors”" in rows[0]
    assert "`orders_done` == 60" in next(row for row in rows if row.startswith("| A10 (long)"))


def test_a_card_runs_on_the_real_command(tmp_path: Path) -> None:
    outcome = run_card(BY_ID["A09"], tmp_path, set())
    assert outcome.faults == ()
