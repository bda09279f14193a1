"""Nothing that a route asks for before it runs wakes a thread: FastAPI runs plain functions in a pool of forty."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from amr_fleet.api.routers import ROUTERS


def _asked(dependant: Any) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _asked(inner)


def test_what_routes_depend_on_are_coroutines() -> None:
    routes: list[Any] = [route for router in ROUTERS for route in router.routes]
    found = {call for route in routes for call in _asked(route.dependant)}
    assert len(found) > 5
    assert [call.__qualname__ for call in found if not inspect.iscoroutinefunction(call)] == []
