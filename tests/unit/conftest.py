"""Unit tests are pure: an import of rclpy anywhere below them is an error."""

import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from tests.webhook_receiver import Receiver, receiving


class _Blocker:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "rclpy":
            raise ImportError("unit tests must not import rclpy; put this test into tests/node")
        return None


@pytest.fixture(autouse=True)
def _no_ros() -> Iterator[None]:
    blocker = _Blocker()
    sys.meta_path.insert(0, blocker)
    try:
        yield
    finally:
        sys.meta_path.remove(blocker)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made
