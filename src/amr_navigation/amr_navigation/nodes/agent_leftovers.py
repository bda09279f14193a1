"""Goals that an agent's predecessor left behind: their robot drives on, and nobody would stop it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

from amr_ros.actions import ActionPort

_ASK_AGAIN_S: Final = 2.0  # chosen: an answer comes in ms or was lost; until it comes a goal of before may still drive
_SAY_AGAIN_S: Final = 30.0  # chosen: a person who reads the log sees that it lasts; more often buries the rest
_SERVERS_S: Final = 5.0
"""s after which a server that was not found has no goal to cancel yet; one that comes later is asked then. It is also
how long one that is there may take to answer: Nav2's controller is there before it has loaded its plugins."""


class Leftovers:
    """Has every motion server cancel all its goals once, before this agent sends one or says how its robot is."""

    def __init__(self, ports: Iterable[ActionPort], complain: Callable[[str], None]) -> None:
        """complain: is told, now and then, which servers keep the agent waiting."""
        self._complain, self._complained = complain, -math.inf
        self._open: dict[ActionPort, float | None] = dict.fromkeys(ports)  # when it was asked (s)
        self._there: dict[ActionPort, float] = {}  # since when (s) those of them that are found have been
        self._since: float | None = None
        self._settled = False

    def poll(self, now: float) -> None:
        """Ask those that are there and have not answered."""
        self._since = now if self._since is None else self._since
        self._there = {port: self._there.get(port, now) for port in self._open if port.ready}
        for port, asked in list(self._open.items()):
            if port.ready and (asked is None or now - asked >= _ASK_AGAIN_S):
                self._open[port] = now
                port.cancel_all(self._on_answer(port))
        silent = [port.name for port in self._open if port.ready and now - self._there.get(port, now) >= _SERVERS_S]
        if silent and now - self._complained >= _SAY_AGAIN_S:
            self._complained = now
            held = "nothing is driven" if self._settled else "nothing is driven or said"
            self._complain(f"{', '.join(silent)} cancels no goals of before: {held}; start it anew")
        self._settled |= self.stopped and (not self._open or now - self._since >= _SERVERS_S)

    def again(self, now: float, port: ActionPort) -> None:
        """Have a server cancel all its goals, at once or when it is found, before it gets another one."""
        self._open[port] = None
        self._complained = now
        self.poll(now)

    @property
    def stopped(self) -> bool:
        """Whether no server that is there may still have a goal of before."""
        return not any(port.ready for port in self._open)

    @property
    def settled(self) -> bool:
        """Whether what the agent says of its robot holds: nothing of before moves it."""
        return self._settled

    def _on_answer(self, port: ActionPort) -> Callable[[], None]:
        def done() -> None:
            self._open.pop(port, None)

        return done
