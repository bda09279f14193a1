"""The archive of `make transfer` takes minutes to build and to try: `make nightly` does, `make test` leaves it out."""

from __future__ import annotations

import os

import pytest

LONG = "AMR_TRANSFER_LONG"


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Leave these tests out unless they are asked for."""
    if os.environ.get(LONG) == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("transfer_long") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
