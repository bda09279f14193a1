"""What strangers have a server write fills no disk, and what is news is written."""

from __future__ import annotations

import logging

import pytest

from amr_fleet import logs


def test_the_first_after_a_quiet_hour_is_news(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("amr_fleet.logs.time.monotonic", lambda: now[0])
    kept = logs.EverMoreRarely()

    def said() -> bool:
        return kept.filter(logging.LogRecord("uvicorn", logging.WARNING, "", 0, "Invalid request", None, None))

    assert [said() for _ in range(6)] == [True, True, False, True, False, False]
    now[0] += logs.QUIET_S - 1.0
    assert not said()
    now[0] += logs.QUIET_S + 1.0
    assert said()
