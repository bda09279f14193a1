"""Computers in namespaces: skipped in one line where they cannot be made, a failure where AMR_NEED_HOSTS=1."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.network import Network, lacking
from tests.hosts.site import MOSQUITTO


@pytest.fixture(scope="session")
def _possible() -> None:
    why = lacking() or ("" if MOSQUITTO else "needs the real broker: apt install mosquitto")
    if why and os.environ.get("AMR_NEED_HOSTS") == "1":
        pytest.fail(why, pytrace=False)
    if why:
        pytest.skip(why)


@pytest.fixture
def network(_possible: None, tmp_path: Path) -> Iterator[Network]:
    with Network(tmp_path) as made:
        yield made
