"""What a run writes for others beside it."""

from __future__ import annotations

import json
import os
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


def test_what_a_run_writes_is_its_owners_and_who_started_it_gets_his_own_mask_back(tmp_path: Path) -> None:
    """The fault: poses, logs and the floor were readable for every account of the computer."""
    mask = os.umask(0)
    try:
        with ExitStack() as stack:
            session = RunSession(keep=tmp_path / "state")
            stack.push(session)
            session.start([], lambda _group, _code: None)
        after = os.umask(0)
    finally:
        os.umask(mask)
    assert after == 0
    written = [session.folder, *session.folder.rglob("*")]
    assert session.folder / "pids.json" in written
    assert not [path for path in written if path.stat().st_mode & 0o077]
