"""LoadMap, SetRouteGraph and ReloadDockDatabase are given what is no name of a file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from nav2_msgs.srv import LoadMap, ReloadDockDatabase

from amr_navigation.nodes.dock_database import DockDatabase
from amr_navigation.nodes.map_server import MapServer
from amr_navigation.nodes.route_servers import _load
from tests.unit.test_named_file import NO_NAMES


@pytest.mark.parametrize("name", NO_NAMES)
def test_the_three_services_answer_that_it_cannot_be_read(name: str) -> None:
    maps: Any = SimpleNamespace(_core=SimpleNamespace(active=lambda _: True))
    answer = MapServer._load(maps, LoadMap.Request(map_url=name), LoadMap.Response())
    assert answer.result == LoadMap.Response.RESULT_INVALID_MAP_METADATA
    docks: Any = SimpleNamespace(_makers=SimpleNamespace())
    request = ReloadDockDatabase.Request(filepath=name)
    assert not DockDatabase._on_reload(docks, request, ReloadDockDatabase.Response()).success
    assert _load(name) is None
