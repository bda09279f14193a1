"""docking_server/reload_database: other docks while the server runs."""

from __future__ import annotations

from typing import Any

from nav2_msgs.srv import ReloadDockDatabase

from amr_core.errors import AmrError
from amr_navigation.docking.database import load_docks
from amr_navigation.nodes.core import Core
from amr_navigation.nodes.goals import Goals
from amr_navigation.nodes.named_file import named_file


class DockDatabase:
    """Replaces the docks that dock and undock goals are looked up in."""

    def __init__(self, core: Core, makers: Goals) -> None:
        self._makers = makers
        core.servers["docking_server"].create_service(
            ReloadDockDatabase, "docking_server/reload_database", self._on_reload
        )

    def _on_reload(self, request: Any, response: Any) -> Any:
        try:
            self._makers.docks = load_docks(named_file(request.filepath))
        except AmrError:
            return response
        response.success = True
        return response
