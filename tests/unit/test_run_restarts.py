"""Whoever started a run is told why a process of it ended, not only that it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_bringup import run


@pytest.mark.parametrize(("log", "said"), [
    ("Traceback\n  more\namr_core.errors.AmrError: [store.damaged] audit 5 [red]\n\n", "[store.damaged] audit 5 [red]"),
    ("x" * 10_000 + "\nthe end", "the end"),
    ("", ""),
])  # fmt: skip
def test_it_says_the_last_line_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log: str, said: str
) -> None:
    """A fleet that stopped on damaged records was started again and again, and nobody saw for what reason."""
    (tmp_path / "fleet.log").write_text(log)
    run._say_restart(tmp_path, "fleet", 1)
    told = capsys.readouterr().err
    assert f"process fleet ended with code 1; starting it again ({tmp_path}/fleet.log)" in told
    assert said in told
    assert told.count("\n") == (2 if said else 1)


def test_a_kill_or_a_log_that_is_gone_has_no_last_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run._say_restart(tmp_path, "sim", 1)
    (tmp_path / "sim.log").write_text("an hour ago: all is well")
    run._say_restart(tmp_path, "sim", -9)
    told = capsys.readouterr().err
    assert "well" not in told
    assert told.count("\n") == 2
