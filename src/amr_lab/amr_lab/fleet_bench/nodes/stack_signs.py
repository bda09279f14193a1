"""By what one sees from outside that a process of the stack works: what comes of it, not that it runs."""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from diagnostic_msgs.msg import DiagnosticArray
from std_msgs.msg import String
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from amr_core.site import Site
from amr_fleet.domain.camera_alarms import CAMERA
from amr_fleet.domain.camera_areas import guarded_areas
from amr_fleet.neighbours.foxglove_front import PROTOCOL
from amr_interfaces.msg import CameraView, UavState
from amr_lab.fleet_bench.nodes.truth_judge import TruthJudge
from amr_lab.fleet_bench.victims import API, kind_of
from amr_ros import qos
from amr_ros.node import AmrNode

FRESH_S: Final = 3.0
"""So old may the last word be of one who speaks every second."""
SNAPSHOT_S: Final = 3.0
"""So far may what the dashboard is sent be behind what the fleet says over ROS."""
DIAGNOSTICS_S: Final = 10.0
"""Diagnostics come every 5 s where nothing changes."""
HELD_WITHIN_S: Final = 5.0
"""So soon after its last picture the fleet must hold what a camera guards: it is silent after 2 s."""
_ANSWER_S: Final = 2.0  # chosen: longer, looks of the others would wait for one that is dead
_LOOK_S: Final = 0.5  # chosen: so late a sign is noticed; more often is load on what is about to recover


class SignsNode(AmrNode):
    """Hears cameras, diagnostics, aircraft and the fleet's zones beside the judge.

    cameras: those that run and guard something; worst_blind: for how long (s) one of them saw nothing, the fleet
    worked, and what it guards was not held.
    """

    def __init__(
        self, name: str = "kill_signs", *, site: Site, judge: TruthJudge, cameras: Collection[str], vehicle: str = "",
        **node_kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, **node_kwargs)
        self._judge = judge
        self.seen = dict.fromkeys(cameras, -math.inf)
        self.heard: dict[str, float] = {}
        self.worst_blind = 0.0
        self._guarding = {
            camera.id for camera in site.cameras if camera.id in self.seen and guarded_areas(site, camera)
        }
        self._held: set[str] = set()
        self._flight = -math.inf
        self._watched = time.monotonic()
        self.share(CameraView, "/cameras/views", self._on_view, qos.SENSOR)
        self.share(DiagnosticArray, "/diagnostics", self._on_diagnostics, qos.RELIABLE)
        self.share(String, "/fleet/zones", self._on_zones, qos.LATCHED)
        if vehicle:
            self.share(UavState, f"/{vehicle}/flight_state", self._on_flight, qos.SENSOR)
        self.ticker.add(self._watch, _LOOK_S)

    def _on_view(self, message: Any) -> None:
        if message.seeing and message.camera in self.seen:
            self.seen[message.camera] = time.monotonic()

    def _on_diagnostics(self, message: Any) -> None:
        now = time.monotonic()
        self.heard.update((status.name, now) for status in message.status)

    def _on_zones(self, message: Any) -> None:
        zones = [str(zone["zone_id"]) for zone in json.loads(message.data)["zones"]]
        self._held = {zone.removeprefix(CAMERA).partition(":")[0] for zone in zones if zone.startswith(CAMERA)}

    def _on_flight(self, _message: Any) -> None:
        self._flight = time.monotonic()

    def _watch(self, _now: float) -> None:
        """Count for how long a crossing is free that nobody looks at. Without a fleet nobody is let into it."""
        now = time.monotonic()
        if now - self._judge.fleet_heard > FRESH_S:
            self._watched = now  # it takes in anew what cameras say
        for camera in self._guarding - self._held:
            since = max(self.seen[camera], self._watched)
            self.worst_blind = max(self.worst_blind, now - since)

    def sees(self, since: float) -> bool:
        """Whether all cameras have seen since (monotonic s), and a moment ago."""
        now = time.monotonic()
        return all(t > since and now - t < FRESH_S for t in self.seen.values())

    def says(self, status: str, since: float) -> bool:
        """Whether a node has said how it is since (monotonic s), and not long ago. status: its name in diagnostics."""
        t = self.heard.get(status, -math.inf)
        return t > since and time.monotonic() - t < DIAGNOSTICS_S

    def flies(self, since: float) -> bool:
        """Whether the aircraft has spoken since (monotonic s), and a moment ago."""
        return self._flight > since and time.monotonic() - self._flight < FRESH_S


class Signs:
    """Asks each kind of process for its sign. Every method: since is a time of the monotonic clock (s)."""

    def __init__(
        self,
        judge: TruthJudge,
        node: SignsNode,
        *,
        port: int,
        headers: Mapping[str, str],
        foxglove: int,
        progress: Path,
    ) -> None:
        """port: of the API; headers: those of somebody who may look; foxglove: its port; progress: of ReportNode."""
        self._judge, self._node, self._headers = judge, node, dict(headers)
        self._port, self._foxglove = port, foxglove
        # What robots, simulator and gateway do shows in what robots say, which the judge hears.
        self._signs: dict[str, Callable[[str, float], bool]] = {
            "sim": lambda _group, _since: all(one.known for one in judge.robots.values()),
            "robots": lambda _group, _since: True,
            "gateway": lambda _group, _since: True,
            "broker": lambda _group, _since: True,
            "fleet": lambda _group, since: judge.fleet_heard > since and time.monotonic() - judge.fleet_heard < FRESH_S,
            API: lambda _group, _since: self.page_is_ready() and self.page_is_young(),
            "ops": lambda _group, since: self._written(progress) > since,
            "cameras": lambda _group, since: node.sees(since),
            "recorder": lambda _group, since: node.says("camera recorder", since),
            "gate": lambda group, since: node.says(f"gates/{group.removeprefix('gate_')}: label_reader", since),
            "foxglove": lambda _group, _since: self.lets_in(),
            "uav": lambda _group, since: node.flies(since),
        }  # fmt: skip

    def all_work(self, groups: Collection[str], killed: Collection[str], since: float) -> bool:
        """Whether all processes show that they work, those that were killed since then anew."""
        return next(self._lacking(groups, killed, since), None) is None

    def missing(self, groups: Collection[str], killed: Collection[str], since: float) -> list[str]:
        """Return the processes that do not show it."""
        return list(self._lacking(groups, killed, since))

    def _lacking(self, groups: Collection[str], killed: Collection[str], since: float) -> Iterator[str]:
        for group in sorted(
            groups, key=lambda group: kind_of(group) in (API, "foxglove")
        ):  # what costs most comes last
            if not self._signs[kind_of(group)](group, since if group in killed else -math.inf):
                yield group

    @property
    def kinds(self) -> set[str]:
        """The kinds of which a sign is known."""
        return set(self._signs)

    @staticmethod
    def _written(file: Path) -> float:
        """Return when a file was last written, on the monotonic clock (s)."""
        with contextlib.suppress(OSError):
            return time.monotonic() - (time.time() - file.stat().st_mtime)
        return -math.inf

    def page_is_ready(self) -> bool:
        """Whether the API says that orders are taken."""
        asked = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_S)
        try:
            asked.request("GET", "/api/v1/ready")
            return asked.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def page_is_young(self) -> bool:
        """Whether the dashboard is sent a snapshot that is hardly older than what the fleet says over ROS."""
        said = self._first(f"ws://127.0.0.1:{self._port}/api/v1/live")
        try:
            return said is not None and self._judge.fleet_stamp - float(json.loads(said)["t"]) < SNAPSHOT_S
        except (ValueError, KeyError, TypeError):
            return False

    def lets_in(self) -> bool:
        """Whether Foxglove is let in and told something."""
        return self._first(f"ws://127.0.0.1:{self._foxglove}", [PROTOCOL]) is not None

    def _first(self, url: str, protocols: Any = None) -> str | bytes | None:
        """Return the first message of a WebSocket, None where nobody answers."""
        ask = partial(connect, url, additional_headers=self._headers, proxy=None, open_timeout=_ANSWER_S)
        try:
            with ask(subprotocols=protocols, close_timeout=0.5) as socket:
                return socket.recv(_ANSWER_S)
        except (OSError, WebSocketException, TimeoutError, EOFError):
            return None
