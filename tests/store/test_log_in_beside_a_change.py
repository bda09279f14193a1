"""Somebody logs in while his account changes in something that lets nobody in or out: he is let in."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amr_fleet.api.users import UserStore
from amr_fleet.store.leaves import account_leaf
from tests.api.api_support import FAST, PASSWORD


def test_who_logs_in_while_his_account_changes_is_let_in(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        closing(UserStore(where, evidence=tmp_path, hasher=FAST)) as users,
        closing(UserStore(where, evidence=tmp_path, hasher=FAST)) as other,
        ThreadPoolExecutor(1) as comes,
    ):
        users.add("lan", PASSWORD, "operator")
        shown = users.log_in("lan", PASSWORD, "", "")
        opened: list[Future[str]] = []

        def between(row: Any) -> Any:
            """The old row is gone by now, the new one is there, and nothing is committed."""
            opened.append(comes.submit(users.open_session, "lan", "password", "", shown=shown))
            time.sleep(0.5)
            return account_leaf(row)

        monkeypatch.setattr("amr_fleet.store.accounts.account_leaf", between)
        other.set_role("lan", "viewer")
        assert users.session(opened[0].result(10.0)) is not None
