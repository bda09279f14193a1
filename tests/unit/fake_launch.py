"""Stand-ins for launch and launch_ros: they keep what they are given, so that a test can read it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest


class Recorded:
    """An action or substitution with its arguments."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.args = args
        self.keywords = keywords


class LaunchConfiguration(Recorded):
    """The value of an argument: from the context's dict."""

    def perform(self, context: dict[str, str]) -> str:
        return context[self.args[0]]


NAMES = {
    "launch": ("LaunchContext", "LaunchDescription"),
    "launch.actions": (
        *("DeclareLaunchArgument", "ExecuteProcess", "IncludeLaunchDescription", "OpaqueFunction"),
        *("RegisterEventHandler", "TimerAction"),
    ),
    "launch.event_handlers": ("OnProcessIO", "OnProcessStart", "OnShutdown"),
    "launch.conditions": ("IfCondition",),
    "launch.launch_description_sources": ("AnyLaunchDescriptionSource",),
    "launch.substitutions": ("NotEqualsSubstitution",),
    "launch_ros": (),
    "launch_ros.actions": ("ComposableNodeContainer", "LoadComposableNodes", "Node"),
    "launch_ros.descriptions": ("ComposableNode",),
    "launch_ros.parameter_descriptions": ("ParameterFile", "ParameterValue"),
}


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the stand-ins importable for one test; each name is a class of its own."""
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)  # whatever is installed here
    for module, names in NAMES.items():
        fake: Any = ModuleType(module)
        for name in names:
            setattr(fake, name, type(name, (Recorded,), {}))
        monkeypatch.setitem(sys.modules, module, fake)
    sys.modules["launch.substitutions"].LaunchConfiguration = LaunchConfiguration  # type: ignore[attr-defined]


def arguments_of(description: Any) -> dict[str, dict[str, Any]]:
    """Return default, description and choices of the declared arguments."""
    (entities,) = description.args
    return {e.args[0]: e.keywords for e in entities if type(e).__name__ == "DeclareLaunchArgument"}


def started(description: Any, **given: str) -> list[Any]:
    """Return the actions that the launch file starts for these argument values."""
    (entities,) = description.args
    context = {name: values["default_value"] for name, values in arguments_of(description).items()} | given
    (opaque,) = (e for e in entities if type(e).__name__ == "OpaqueFunction")
    actions: list[Any] = opaque.keywords["function"](context)
    return actions
