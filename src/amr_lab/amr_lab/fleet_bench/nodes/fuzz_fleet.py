"""The whole way of a robot's words in from the broker: gateway's node, topic, fleet, journal, page. For the fuzzer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.models.live import Snapshot
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import EngineFault
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_interop.mqtt.link import Letter, Received
from amr_interop.nodes.gateway import GatewayNode
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.versions import V2_0, V2_1, V3_0
from amr_lab.fleet_bench.mqtt_fuzz import MANUFACTURER, Ends
from amr_ros.host import ProcessHost
from amr_ros.vda5050 import state_from_msg
from amr_ros.wire import over_the_wire

_SITE: Final = "cai_cui"
_VERSIONS: Final = (V2_0, V2_1, V3_0)


@dataclass
class _Line:
    """A connection to the broker that always stands."""

    came: list[Received] = field(default_factory=list)
    sent: dict[str, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))
    ready: bool = True

    def receive(self, _now: float, topic: str, payload: bytes, *, retained: bool) -> None:
        self.came.append(Received(topic, payload, retained))

    def take(self) -> list[Received]:
        came, self.came = self.came, []
        return came

    def send(self, letter: Letter) -> None:
        message = json.loads(letter.payload)
        self.sent[letter.topic.split("/")[-2]].append(Outgoing(letter.topic, message, letter.retain, letter.qos))


class _Tap:
    """A robot's topic: what is published goes out, and on to the fleet behind it."""

    def __init__(self, publisher: Any, hear: Callable[[Any], None]) -> None:
        self._publisher, self._hear = publisher, hear

    def publish(self, message: Any) -> None:
        self._publisher.publish(message)
        self._hear(message)


class FleetBehind:
    """A gateway with a robot of each version, and a fleet behind it that writes its journal and shows its page.

    ends: what the fuzzer bends the messages of; failed: see `fuzz_mqtt`. heard: states that the fleet took.
    """

    def __init__(self, host: ProcessHost, failed: Callable[[str], None]) -> None:
        self.heard = 0
        self._failed, self._line, self._now = failed, _Line(), 0.0
        site = load_site(_SITE)
        units = units_of(site, len(_VERSIONS))
        robots = [f"{unit.name}={MANUFACTURER}/{unit.name}" for unit in units]
        params = {"site": _SITE, "robots": robots, "broker": "127.0.0.1:1"}
        self._gateway: Any = host.build(GatewayNode, "gateway", params=params)
        link = self._gateway._gateway
        link.link = self._line
        link.failed = self._blamed(link.failed)
        self._gateway._time = lambda: (self._now, 0.0)
        for unit in units:
            self._gateway._states[unit.name] = _Tap(self._gateway._states[unit.name], self._hear)
        self.store = JournalStore(":memory:")
        engine = FleetEngine(build_roadmap(site), units)
        self._fleet = FleetService(engine, self.store, lambda _message: None, tell_fault=self._broke)
        self._began: float | None = None
        self.ends = [
            Ends(version, unit.name, self._gateway.masters[unit.name], self._line, self._decide, site.id)
            for version, unit in zip(_VERSIONS, units, strict=True)
        ]

    def _blamed(self, fail: Callable[..., Any]) -> Callable[..., Any]:
        """The gateway goes on after what its master did not foresee. It is a crash of ours all the same."""

        def told(now: float, master: Any, error: Exception) -> Any:
            self._failed(f"gateway of {master.name}")
            return fail(now, master, error)

        return told

    def _broke(self, fault: EngineFault) -> None:
        self._failed(f"engine, {fault.part}: {fault.error}")

    def _decide(self, serial: str, now: float) -> list[Outgoing]:
        """Let the gateway look at what came and the fleet at what that says; return what a robot gets."""
        self._now = now
        self._gateway.tick(now)
        if serial == self.ends[-1].name:  # once a round
            self._follow(now)
        return self._line.sent.pop(serial, [])

    def _follow(self, now: float) -> None:
        """Let the fleet take a step, write it, and show it."""
        self._began = now if self._began is None else self._began
        self._fleet.advance(1.0 + now - self._began)
        if self._fleet.condition().trouble is not None:
            self._failed("journal: the fleet cannot write")
        Snapshot.of(self._fleet.snapshot()).model_dump_json().encode()

    def _hear(self, message: Any) -> None:
        try:
            self._fleet.post(state_from_msg(over_the_wire(message), message.robot))
            self.heard += 1
        except AmrError as error:
            if error.code != "message.invalid":
                raise
