"""The map that a robot needs for our orders: downloaded, enabled, older versions deleted (2.1, 6.7; 3.0, 6.9).

"It is the responsibility of the master control to ensure that the correct maps are activated" (2.1, 6.7.1). A robot
that says nothing of maps has its own way to get them. Nothing is enabled while it has an order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from amr_core.errors import AmrError
from amr_core.vda5050 import ErrorLevel, RobotError
from amr_interop.vda.floors import Floors, LevelMap
from amr_interop.vda.messages import MAP_ACTIONS, Factsheet, MapState, WireState
from amr_interop.vda.versions import V2_0, spelling_of

_AGAIN_S: Final = 30.0  # chosen: a robot that refused will do so again; more often fills its list of actions
_PATIENCE_S: Final = 60.0
"""So long a map may take before somebody is told, and an order waits for one that cannot be enabled."""
_ENABLE: Final = "enableMap"
_LONGEST: Final = 128
"""Characters of a mapId in a setting."""
Ask = Callable[[str, Mapping[str, object]], bool]
"""Asks the robot for an instant action; False: not now, another of its type is out and not shown."""
Waits = Callable[[str], bool]


@dataclass(frozen=True)
class MapWish:
    """The version that a robot is to use, where it gets it, and its hash ("": not checked)."""

    version: str
    link: str
    digest: str = ""


def map_wishes(listed: Sequence[str], robots: Collection[str] | None = None) -> dict[str, MapWish]:
    """Return the wishes of robots from "NAME=VERSION LINK [HASH]". Raises parameter.invalid.

    robots: the names that there are; None: any.
    """
    found: dict[str, MapWish] = {}
    for text in listed:
        name, _, rest = text.partition("=")
        words = rest.split()
        if not name or len(words) not in (2, 3) or not words[1].startswith(("https://", "http://")):
            reason = f"{text[:80]!r} is not NAME=VERSION LINK [HASH] with an http or https link"
            raise _invalid("maps", reason)
        if name in found:
            raise _invalid("maps", f"{name} comes twice")
        if robots is not None and name not in robots:
            reason = f"{name[:32]!r} is none of {', '.join(sorted(robots))}"
            raise _invalid("maps", reason)
        found[name] = MapWish(*words)
    return found


def wishes_by_map(listed: Sequence[str], floors: Mapping[str, Floors]) -> dict[str, dict[str, MapWish]]:
    """Return wishes by robot and mapId; with several levels they are for NAME@LEVEL. Raises parameter.invalid.

    floors: the maps of each robot.
    """
    keys = _keys(floors)
    found: dict[str, dict[str, MapWish]] = {}
    for key, wish in map_wishes(listed, keys).items():
        robot, level = keys[key]
        found.setdefault(robot, {})[level.map_id] = wish
    return found


def called(listed: Sequence[str], robots: Collection[str], floors: Floors) -> dict[str, Floors]:
    """Return each robot's maps, with the mapIds that it has for them by "NAME=MAPID", or "NAME@LEVEL=MAPID".

    Raises parameter.invalid.
    """
    keys = _keys(dict.fromkeys(robots, floors))
    names: dict[str, dict[str, str]] = {robot: {} for robot in robots}
    for text in listed:
        key, _, map_id = text.partition("=")
        if key not in keys:
            raise _invalid("map_ids", f"{key[:64]!r} is none of {', '.join(sorted(keys))}")
        robot, level = keys[key]
        if not 0 < len(map_id) <= _LONGEST or not map_id.isprintable() or map_id != map_id.strip():
            raise _invalid("map_ids", f"{text[:80]!r} is not {key}=MAPID with 1 to {_LONGEST} characters")
        if level.level in names[robot]:
            raise _invalid("map_ids", f"{key} comes twice")
        names[robot][level.level] = map_id
    found = {robot: floors.called(names[robot]) for robot in robots}
    for robot, maps in found.items():
        if len(set(maps.ids)) < len(maps.ids):
            raise _invalid("map_ids", f"two levels of {robot} have one mapId")
    return found


def _keys(floors: Mapping[str, Floors]) -> dict[str, tuple[str, LevelMap]]:
    """Return what a setting calls the maps of robots: NAME, or NAME@LEVEL where there are several."""
    return {
        f"{robot}@{level.level}" if maps.several else robot: (robot, level)
        for robot, maps in floors.items()
        for level in maps.floors
    }


def _invalid(name: str, reason: str) -> AmrError:
    return AmrError("parameter.invalid", name=name, node="gateway", reason=reason)


class MapDesk:
    """Maps of one robot. hold: it gets no order now; wrong: what the fleet is told of it."""

    def __init__(self, map_id: str, wish: MapWish | None = None) -> None:
        self.hold = False
        self.wrong: tuple[RobotError, ...] = ()
        self._map = map_id
        self._wish = wish
        self._asked: tuple[str, str, float] = ("", "", -1e9)
        self._since: float | None = None
        self._enabling: tuple[str, float] = ("", 0.0)
        self._busy_since: float | None = None
        self._wanted = ""

    def step(
        self, now: float, state: WireState, sheet: Factsheet, ask: Ask, waits: Waits = lambda _: False, *, free: bool
    ) -> None:
        """Do what is next for the map. free: no order is on its way to the robot.

        ask: asks for an instant action; waits: whether one of a type is out and not shown. No order goes out in the
        step in which enableMap is asked for, nor before the robot shows its end.
        """
        self.hold, self.wrong = False, ()
        maps = _maps(state, sheet)
        if maps is None:
            self._no_maps(now, sheet)
            return
        self._look(now, state, sheet, maps, ask, free=free)
        busy = waits(_ENABLE) or state.busy_with(_ENABLE)
        self.hold = self.hold or busy
        self._busy_since = (now if self._busy_since is None else self._busy_since) if busy else None
        if self._busy_since is not None and now - self._busy_since >= _PATIENCE_S:
            self._tell("FATAL" if state.idle else "WARNING", self._wanted)

    def _no_maps(self, now: float, sheet: Factsheet) -> None:
        """It has its own way to get maps: a wish for it cannot be followed, and somebody is told."""
        self._since = now if self._since is None else self._since
        known = sheet.instants is not None or now - self._since >= _PATIENCE_S
        if self._wish is not None and known:
            self._tell("WARNING", self._wish.version)

    def _look(
        self, now: float, state: WireState, sheet: Factsheet, maps: Sequence[MapState], ask: Ask, *, free: bool
    ) -> None:
        mine = [m for m in maps if m.map_id == self._map]
        used = next((m for m in mine if m.enabled), None)
        want = self._wanted = self._want(mine, used)
        if used is not None and used.version == want:
            self._since, self._enabling = None, ("", 0.0)
            if self._wish is not None:
                self._tidy(now, state, sheet, mine, ask)
            return
        self._since = now if self._since is None else self._since
        there = any(m.version == want for m in mine)
        can = self._next(now, state, sheet, want, ask, there=there, free=free)
        # While the wanted version waits to be enabled it stands; and without any it could do nothing. The download
        # and the orders meanwhile do not count: its time begins when it is asked to enable the version.
        tried = self._enabling[0] == want and now - self._enabling[1] >= _PATIENCE_S
        self.hold = state.idle and (used is None or (there and can and not tried))
        if not can or now - self._since >= _PATIENCE_S:
            self._tell("FATAL" if used is None else "WARNING", want)

    def _tell(self, level: ErrorLevel, version: str) -> None:
        if any(error.level == "FATAL" for error in self.wrong):
            return
        self.wrong = (RobotError("vda.map_missing", level, {"map_id": self._map, "version": version}),)

    def _want(self, mine: Sequence[MapState], used: MapState | None) -> str:
        """Return the version to be used: what the site says, else what is in use, else the only one that is there."""
        if self._wish is not None:
            return self._wish.version
        if used is not None:
            return used.version
        return mine[0].version if len(mine) == 1 else ""

    def _next(
        self, now: float, state: WireState, sheet: Factsheet, want: str, ask: Ask, *, there: bool, free: bool
    ) -> bool:
        """Ask for what brings the wanted version nearer; return whether anything can."""
        action = _ENABLE if there else "downloadMap"
        if not sheet.does(action, at_once=True) or (not there and self._wish is None):
            return False
        if there and not (free and state.idle and not state.driving):
            return True
        if there and self._enabling[0] != want:
            self._enabling = want, now
        more: dict[str, object] = {}
        if not there and self._wish is not None:
            more = {"mapDownloadLink": self._wish.link}
            more |= {"mapHash": self._wish.digest} if self._wish.digest else {}
        self._ask(now, state, sheet, action, want, more, ask)
        return True

    def _tidy(self, now: float, state: WireState, sheet: Factsheet, mine: Sequence[MapState], ask: Ask) -> None:
        """Delete an older version: a robot must not do that by itself (2.1, 6.7.5)."""
        old = next((m for m in mine if not m.enabled), None)
        if old is not None and sheet.does("deleteMap", at_once=True):
            self._ask(now, state, sheet, "deleteMap", old.version, {}, ask)

    def _ask(
        self, now: float, state: WireState, sheet: Factsheet, action: str, version: str, more: Mapping[str, object],
        ask: Ask,
    ) -> None:  # fmt: skip
        if state.busy_with(*MAP_ACTIONS) or (self._asked[:2] == (action, version) and now - self._asked[2] < _AGAIN_S):
            return
        told = sheet.parameters.get(action)
        parameters = {"mapId": self._map, "mapVersion": version, **more}
        if ask(action, {k: v for k, v in parameters.items() if k != "mapHash" or told is None or k in told}):
            self._asked = action, version, now


class MapDesks:
    """The maps of all levels of one robot: it gets orders when it has enabled each of them."""

    def __init__(self, map_ids: Sequence[str], wishes: Mapping[str, MapWish] = MappingProxyType({})) -> None:
        self._desks = [MapDesk(map_id, wishes.get(map_id)) for map_id in map_ids]

    @property
    def hold(self) -> bool:
        """It gets no order now."""
        return any(desk.hold for desk in self._desks)

    @property
    def wrong(self) -> tuple[RobotError, ...]:
        """What the fleet is told of its maps."""
        return tuple(error for desk in self._desks for error in desk.wrong)

    def step(
        self, now: float, state: WireState, sheet: Factsheet, ask: Ask, waits: Waits = lambda _: False, *, free: bool
    ) -> None:
        """Do what is next for each map, see `MapDesk.step`."""
        for desk in self._desks:
            desk.step(now, state, sheet, ask, waits, free=free)


def _maps(state: WireState, sheet: Factsheet) -> Sequence[MapState] | None:
    """Return the maps of a robot, None when they are not led over VDA 5050; 2.0 has no field for them."""
    if state.maps:
        return state.maps
    return () if _manages(sheet) and spelling_of(state.header.version)[0] is not V2_0 else None


def _manages(sheet: Factsheet) -> bool:
    """Return whether a robot says that its maps are led over VDA 5050: then no list, or an empty one, means no map."""
    return sheet.instants is not None and not sheet.instants.isdisjoint(MAP_ACTIONS)
