"""Two versions of the assistant on the same rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_core.errors import AmrError
from amr_fleet.assistant.commands import assistant_app
from amr_fleet.assistant.paired import compared, read_outcomes

EVAL = Path(__file__).parents[3] / "eval"


def rows(*right: int) -> list[dict[str, object]]:
    return [{"id": f"r{number}", "text": "", "right": number in right} for number in range(20)]


def test_ten_won_and_one_lost_is_better_and_nine_to_four_is_chance() -> None:
    """The p by hand: 2 * (1 + 11) / 2**11; 2 * (1 + 13 + 78 + 286 + 715) / 2**13."""
    found = compared(rows(*range(10), 15), rows(15, 16))
    assert (len(found.won), found.lost, found.verdict) == (10, ("r16",), "better")
    assert found.p == pytest.approx(24 / 2048)
    assert compared(rows(15, 16), rows(*range(10), 15)).verdict == "worse"
    chance = compared(rows(*range(9)), rows(*range(9, 13)))
    assert chance.p == pytest.approx(2186 / 8192)
    assert chance.verdict == "no evidence of a difference"
    assert compared(rows(1), rows(1)).p == 1.0


def test_only_rows_that_both_were_asked_count_and_a_changed_question_is_another_row() -> None:
    found = compared([*rows(1), {"id": "new", "right": True}], [*rows(), {"id": "old", "right": True}])
    assert (found.rows, found.won, found.lost) == (20, ("r1",), ())
    turns = [{"id": "d", "text": "ok", "right": right} for right in (True, False)]
    assert compared(turns, [{"id": "d", "text": "ok", "right": False}] * 2).won == ("d",)
    other = compared(rows(), [{"id": "r1", "text": "another", "right": True}])
    assert (other.rows, other.verdict) == (0, "no row in common")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"rows": 3}', '{"rows": [{"id": 3}]}', '{"rows": [{"id": "a", "right": 1}]}', "\ud83d"]
)
def test_rubbish_is_refused_with_a_code(tmp_path: Path, text: str) -> None:
    file = tmp_path / "old.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(AmrError, match=r"assistant\.bad_file"):
        read_outcomes(file)
    with pytest.raises(AmrError, match=r"assistant\.bad_file"):
        read_outcomes(tmp_path / "none.json")


def test_the_command_says_which_is_better(tmp_path: Path) -> None:
    some, out = tmp_path / "rows.jsonl", tmp_path / "out.json"
    some.write_text(
        "\n".join((EVAL / "vi.jsonl").read_text(encoding="utf-8").splitlines()[12:24]) + "\n", encoding="utf-8"
    )
    call = ["eval", str(some), "--fixture", str(EVAL / "state.json")]
    assert CliRunner().invoke(assistant_app, [*call, "--json", str(out)]).exit_code == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    for row in told["rows"]:
        row["right"] = False
    out.write_text(json.dumps(told), encoding="utf-8")
    done = CliRunner().invoke(assistant_app, [*call, "--against", str(out), "--wrong"])
    assert done.exit_code == 0, done.output
    assert "12 rows of both, 12 right only now, 0 only before: better (exact McNemar, p = 0.000488)" in done.output
    assert done.output.count("\n+ ") == 12
