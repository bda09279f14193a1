"""get_state and change_state of Nav2's servers, manage_nodes and is_active of the two lifecycle managers."""

from __future__ import annotations

from functools import partial
from typing import Any

from lifecycle_msgs.srv import ChangeState, GetState
from nav2_msgs.srv import ManageLifecycleNodes
from std_srvs.srv import Trigger

from amr_navigation.nodes.core import Core
from amr_navigation.servers.lifecycle import LOCALIZATION, NAVIGATION, Manager


class LifecycleServices:
    """Serves the lifecycle of a robot's navigation."""

    def __init__(self, core: Core) -> None:
        self._core = core
        for name, node in core.servers.items():
            node.create_service(GetState, f"{name}/get_state", partial(self._get, name))
            node.create_service(ChangeState, f"{name}/change_state", partial(self._change, name))
        for name, servers in (("navigation", NAVIGATION), ("localization", LOCALIZATION)):
            manager, full = Manager(servers, core.lifecycle), f"lifecycle_manager_{name}"
            node = core.node.companion(full)
            node.create_service(ManageLifecycleNodes, f"{full}/manage_nodes", partial(_manage, manager))
            node.create_service(Trigger, f"{full}/is_active", partial(_is_active, manager))

    def _get(self, name: str, _request: Any, response: Any) -> Any:
        state = self._core.lifecycle[name]
        response.current_state.id, response.current_state.label = int(state), state.label
        return response

    def _change(self, name: str, request: Any, response: Any) -> Any:
        response.success = self._core.lifecycle.change(name, request.transition.id, request.transition.label)
        return response


def _manage(manager: Manager, request: Any, response: Any) -> Any:
    response.success = manager.command(request.command)
    return response


def _is_active(manager: Manager, _request: Any, response: Any) -> Any:
    response.success = manager.active
    return response
