"""What a run writes for others beside it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from amr_bringup.runner.session import RunSession


def test_whoever_reads_the_process_ids_at_any_moment_reads_a_whole_file(tmp_path: Path) -> None:
    supervisor: Any = SimpleNamespace(pids={"fleet": 7}, poll=lambda: None, close=lambda: None)
    session = RunSession(keep=tmp_path)
    with ExitStack() as stack:
        stack.push(session)  # not entered: that would take the signals of all tests
        session._supervisor = supervisor
        session.poll()
        with (tmp_path / "pids.json").open() as before:
            supervisor.pids = {"fleet": 8}
            session.poll()
            assert json.load(before) == {"fleet": 7}
        assert json.loads((tmp_path / "pids.json").read_text()) == {"fleet": 8}
