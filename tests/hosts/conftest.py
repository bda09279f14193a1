"""Computers in namespaces: skipped in one line where they cannot be made, a failure where AMR_NEED_HOSTS=1."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.network import Network, lacking
from tests.hosts.site import MOSQUITTO

LONG = "AMR_REAL_LONG"
"""Variable: also run what takes minutes (`make real`)."""


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Leave the long runs to `make real`."""
    if os.environ.get(LONG) == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("hosts_long") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


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
