"""Gives every callback of every node of ours messages that nobody would send. None may end a process.

The nodes are real, in this process; messages are made, packed and unpacked as on the wire, then given to the callbacks
directly: a hundred times as many as the middleware would carry. Between them the nodes tick.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any, Final

import typer

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_lab.fleet_bench.fuzzed import fuzzed
from amr_lab.fleet_bench.mqtt_fuzz import fuzz_mqtt
from amr_lab.fleet_bench.nodes.fuzz_answers import fuzz_answers
from amr_lab.fleet_bench.nodes.fuzz_fleet import FleetBehind
from amr_lab.fleet_bench.nodes.fuzz_goals import fuzz_goals
from amr_lab.fleet_bench.nodes.fuzz_messages import MessageMaker
from amr_ros.host import ProcessHost
from amr_ros.wire import over_the_wire

_TICK_EVERY: Final = 25  # messages
_TICK_S: Final = 0.05  # as the navigation's own tick (20 Hz): what is due after seconds comes due within the run
_GOALS: Final = 20  # messages for each goal, which goes over the middleware, and for each answer to one
_EXAMPLES: Final = 10
_WORDS: Final = (
    "amr_01", "amr_02", "map", "odom", "base_link", "AUTOMATIC", "NONE", "WARNING", "FATAL", "drive", "pick",
    "drop", "ONLINE",
    "OFFLINE", "FINISHED", "RUNNING", "startPause", "cancelOrder", "initPosition", "person", "C01", "hold", "slow",
    "person_near", "blind", "covered", "{}", "16UC1", "rgb8", "32FC1", "mono8", "HARD", "PAL-1",
)  # fmt: skip


@dataclass
class FuzzReport:
    """What happened. crashes: who failed with which last line, how often; examples: the first tracebacks."""

    seed: int
    inputs: int = 0
    targets: int = 0
    seconds: float = 0.0
    refused: int = 0
    goals: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    mqtt_inputs: int = 0
    mqtt_refused: int = 0
    mqtt_states: int = 0
    journaled: int = 0
    crashes: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def failed(self, where: str) -> None:
        """Count the exception that is being handled."""
        text = traceback.format_exc()
        name = f"{where}: {text.strip().splitlines()[-1][:160]}"
        if name not in self.crashes and len(self.examples) < _EXAMPLES:
            self.examples.append(f"{where}\n{text[-2500:]}")
        self.crashes[name] += 1

    def figures(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "seed": self.seed, "inputs": self.inputs, "callbacks": self.targets, "seconds": round(self.seconds, 1),
            "counted_as_malformed": self.refused, "goals": dict(self.goals),
            "answers_to_goals": dict(self.answers), "mqtt_inputs": self.mqtt_inputs,
            "mqtt_counted_as_malformed": self.mqtt_refused, "states_that_the_fleet_took": self.mqtt_states,
            "journal_entries": self.journaled, "crashes": sum(self.crashes.values()),
            "kinds": dict(self.crashes),
        }  # fmt: skip


Target = tuple[str, Any, Callable[[Any], object]]


def fuzz(site: str, inputs: int, seed: int, domain_id: int | None = None) -> FuzzReport:
    """Give so many messages to all nodes of ours at a site with two robots; return what became of them."""
    model = load_site(site)
    words = (*_WORDS, *(p.id for p in model.places), *list(build_roadmap(model).nodes)[:30])
    maker, report, chance = MessageMaker(seed, words), FuzzReport(seed), random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="amr_fuzz_") as folder,
        ProcessHost(participant="fuzz", sim_time=False, domain_id=domain_id) as host,
    ):
        for spec in fuzzed(site, Path(folder)):
            host.add(spec)
        targets = _targets(host)
        report.targets = len(targets)
        for node in host.nodes:
            judge(node, report)
        began, now = time.monotonic(), host.ticker.clock.now() if host.ticker.clock is not None else 0.0
        # Half of the goals before the messages: some of these switch the navigation off, which then takes none.
        maker.now = now
        report.goals = fuzz_goals(host, maker, inputs // _GOALS // 2, seed, report.failed)
        for number in range(inputs):
            where, kind, take = chance.choice(targets)
            maker.now = now
            message = _made(maker, kind)
            if message is None:
                continue
            report.inputs += 1
            try:
                take(message)
            except Exception:
                report.failed(where)
            if number % _TICK_EVERY == 0:
                now += _TICK_S
                _tick(host, now, report)
        maker.now = now
        report.goals += fuzz_goals(host, maker, inputs // _GOALS // 2, seed + 1, report.failed)
        report.answers = fuzz_answers(host, maker, inputs // _GOALS, seed, partial(judge, report=report), report.failed)
        report.seconds = time.monotonic() - began
        report.refused = sum(sum(getattr(node, "malformed", {}).values()) for node in host.nodes)
    return report


def judge(node: Any, report: FuzzReport) -> None:
    """Count as a crash what a callback did not foresee, though its node goes on.

    A guard takes whatever a callback raises for a message that is no use. Nobody checked there what a KeyError says.
    """
    refuse = getattr(node, "refuse", None)
    if refuse is None:
        return

    def judged(topic: str, error: Exception) -> None:
        if not foreseen(error):
            report.failed(f"{node.get_name()} {topic}")
        refuse(topic, error)

    node.refuse = judged


def foreseen(error: Exception) -> bool:
    """Return whether an error is what a decoder says of a message: a value that it cannot use."""
    return isinstance(error, AmrError | ValueError) and not isinstance(error, UnicodeEncodeError)


def _tick(host: ProcessHost, now: float, report: FuzzReport) -> None:
    for handle in list(host.ticker._handles):
        host.ticker._now = now
        if handle.due(now):
            try:
                handle.callback(now)
            except Exception:
                report.failed(f"tick of {getattr(handle.callback, '__qualname__', handle.callback)}")


def _made(maker: MessageMaker, kind: Any) -> Any:
    try:
        return over_the_wire(maker.make(kind))
    except (AssertionError, OverflowError):
        return None  # the message's class itself refuses the value


def _targets(host: ProcessHost) -> list[Target]:
    found: list[Target] = []
    for node in host.nodes:
        name = f"{node.get_namespace().rstrip('/')}/{node.get_name()}"
        for subscription in node.subscriptions:
            if "parameter_events" not in subscription.topic_name:
                take = _taken(subscription.callback)
                found.append((f"{name} {subscription.topic_name}", subscription.msg_type, take))
        for service in node.services:
            kind = service.srv_type
            if kind.__module__.startswith(("amr_interfaces", "nav2_msgs", "std_srvs")):
                found.append((f"{name} {service.srv_name}", kind.Request, _served(service.callback, kind)))
    return found


def _taken(callback: Any) -> Callable[[Any], object]:
    """Give a callback that asks for it what rclpy says of a message: this one came from nowhere."""
    if len(signature(callback).parameters) == 1:
        return lambda message: callback(message)
    return lambda message: callback(message, {"source_timestamp": 0, "received_timestamp": 0})


def _served(callback: Any, kind: Any) -> Callable[[Any], object]:
    return lambda request: callback(request, kind.Response())


def fuzz_behind(report: FuzzReport, inputs: int, domain_id: int | None = None) -> None:
    """Give so many messages over MQTT to robots and to a gateway with a fleet, its journal and its page behind it."""
    with ProcessHost(participant="fuzz_mqtt", sim_time=False, domain_id=domain_id) as host:
        behind = FleetBehind(host, report.failed)
        report.mqtt_inputs += inputs
        report.mqtt_refused += fuzz_mqtt(inputs, report.seed, report.failed, behind.ends)
        report.mqtt_states, report.journaled = behind.heard, behind.store.last_seq()


def run_fuzz(site: str, inputs: int, seed: int, output: Path | None) -> None:
    """Fuzz ROS and MQTT, print the figures and the first tracebacks; end with code 1 when anything has raised."""
    report = fuzz(site, inputs, seed)
    fuzz_behind(report, inputs)
    for example in report.examples:
        typer.echo(example, err=True)
    text = json.dumps(report.figures(), indent=1)
    typer.echo(text)
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    if report.crashes:
        raise SystemExit(1)
