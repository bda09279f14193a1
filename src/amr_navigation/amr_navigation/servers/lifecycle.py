"""Lifecycle states of Nav2's servers and the two managers that bring them up and down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum

NAVIGATION = (
    "controller_server",
    "smoother_server",
    "planner_server",
    "route_server",
    "behavior_server",
    "velocity_smoother",
    "collision_monitor",
    "bt_navigator",
    "waypoint_follower",
    "docking_server",
)
LOCALIZATION = ("map_server", "amcl")


class State(IntEnum):
    """Primary states, numbered as in lifecycle_msgs/State."""

    UNCONFIGURED = 1
    INACTIVE = 2
    ACTIVE = 3
    FINALIZED = 4

    @property
    def label(self) -> str:
        """The label that get_state answers with."""
        return self.name.lower()


class ManageCommand(IntEnum):
    """Commands of nav2_msgs/ManageLifecycleNodes."""

    STARTUP = 0
    PAUSE = 1
    RESUME = 2
    RESET = 3
    SHUTDOWN = 4
    CONFIGURE = 5
    CLEANUP = 6


# lifecycle_msgs/Transition: id -> (label, from, to)
TRANSITIONS = {
    1: ("configure", State.UNCONFIGURED, State.INACTIVE),
    2: ("cleanup", State.INACTIVE, State.UNCONFIGURED),
    3: ("activate", State.INACTIVE, State.ACTIVE),
    4: ("deactivate", State.ACTIVE, State.INACTIVE),
    5: ("shutdown", State.UNCONFIGURED, State.FINALIZED),
    6: ("shutdown", State.INACTIVE, State.FINALIZED),
    7: ("shutdown", State.ACTIVE, State.FINALIZED),
}
CONFIGURE, CLEANUP, ACTIVATE, DEACTIVATE = 1, 2, 3, 4

Changed = Callable[[str, State], None]


class Lifecycle:
    """The states of a set of servers; changed(name, state) is called after every transition."""

    def __init__(self, names: Iterable[str], changed: Changed) -> None:
        self._states = dict.fromkeys(names, State.ACTIVE)
        self._changed = changed

    def __getitem__(self, name: str) -> State:
        return self._states[name]

    def active(self, name: str) -> bool:
        """Return whether the server does its work."""
        return self._states[name] is State.ACTIVE

    def change(self, name: str, transition: int, label: str = "") -> bool:
        """Do a transition by id, or by label when the id is 0; return whether it was possible."""
        here = self._states[name]
        for number, (text, before, after) in TRANSITIONS.items():
            if before is here and (number == transition or (transition == 0 and text == label)):
                self._set(name, after)
                return True
        return False

    def revive(self, name: str) -> None:
        """Take a finalized server back to unconfigured, as a restart of its process would."""
        if self._states[name] is State.FINALIZED:
            self._set(name, State.UNCONFIGURED)

    def _set(self, name: str, state: State) -> None:
        self._states[name] = state
        self._changed(name, state)


class Manager:
    """Nav2's lifecycle manager over some of the servers. Up in order, down in reverse; the first failure ends it.

    One difference: STARTUP after SHUTDOWN works, because nothing else could restart servers that live in one process.
    """

    def __init__(self, names: tuple[str, ...], lifecycle: Lifecycle) -> None:
        self._names = names
        self._lifecycle = lifecycle

    @property
    def active(self) -> bool:
        """Whether all managed servers are active."""
        return all(self._lifecycle.active(name) for name in self._names)

    def command(self, command: int) -> bool:
        """Carry out a command; return success. An unknown command fails."""
        if command == ManageCommand.STARTUP:
            for name in self._names:
                self._lifecycle.revive(name)
            return self._up(CONFIGURE) and self._up(ACTIVATE)
        if command == ManageCommand.SHUTDOWN:
            return self._shutdown()
        if command == ManageCommand.RESET:
            return self._down(DEACTIVATE) and self._down(CLEANUP)
        single = {
            ManageCommand.PAUSE: (self._down, DEACTIVATE),
            ManageCommand.RESUME: (self._up, ACTIVATE),
            ManageCommand.CONFIGURE: (self._up, CONFIGURE),
            ManageCommand.CLEANUP: (self._down, CLEANUP),
        }
        entry = single.get(ManageCommand(command)) if command in set(ManageCommand) else None
        return entry[0](entry[1]) if entry is not None else False

    def _up(self, transition: int) -> bool:
        return all(self._lifecycle.change(name, transition) for name in self._names)

    def _down(self, transition: int) -> bool:
        return all(self._lifecycle.change(name, transition) for name in reversed(self._names))

    def _shutdown(self) -> bool:
        """Finalize every server from whatever state it is in; always a success, as in Nav2."""
        for name in reversed(self._names):
            for transition in (DEACTIVATE, CLEANUP, 5):
                self._lifecycle.change(name, transition)
        return True
