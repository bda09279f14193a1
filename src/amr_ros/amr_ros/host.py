"""One process, one Context, one executor loop, many nodes."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol

import rclpy
from rclpy.context import Context
from rclpy.experimental import EventsExecutor
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.subscription import Subscription
from rosgraph_msgs.msg import Clock

from amr_core.dds_interfaces import mean_localhost
from amr_interfaces.msg import StepDone
from amr_ros import qos
from amr_ros.convert import from_stamp, use_clock
from amr_ros.params import to_parameters
from amr_ros.shared_memory import remove_dead_segments, remove_unfinished_ports
from amr_ros.steady import SteadyClock
from amr_ros.stopping import Stop
from amr_ros.ticker import Ticker

_IDLE_S = 0.1  # chosen: so late a loop without events sees that it shall end; shorter wakes idle processes for nothing
# An action result takes four passes of the queue from the server's tick to the client's callback.
_DRAIN_PASSES = 5


class HostedSpec(Protocol):
    """What the host needs of a NodeSpec."""

    @property
    def target(self) -> str:
        """Module and class: "amr_sim.nodes.simulator:SimulatorNode"."""

    @property
    def name(self) -> str:
        """Node name."""

    @property
    def namespace(self) -> str:
        """Node namespace, may be empty."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameter overrides."""

    @property
    def remaps(self) -> Mapping[str, str]:
        """Name remappings."""


class ProcessHost:
    """Owns the ROS context, the executor and the ticker of a process, and the nodes built from specs.

    stop: the event that ends spin(), see amr_ros.stopping.stop_on_signals.
    """

    def __init__(
        self,
        *,
        participant: str,
        sim_time: bool,
        domain_id: int | None = None,
        base_period_s: float = 0.02,
        stop: Stop | None = None,
        clock: SteadyClock | None = None,
    ) -> None:
        """clock: for tests; what a process without sim_time runs by."""
        remove_unfinished_ports()
        remove_dead_segments()
        mean_localhost()
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain_id)
        self.executor = EventsExecutor(context=self.context)
        self._clock = clock or SteadyClock()
        self.ticker = Ticker(None if sim_time else self._clock)
        self.nodes: list[Node] = []
        self._polls: list[Callable[[], float]] = []
        self._base_period_s = base_period_s
        self._next = 0.0
        self._stop = stop or Stop()
        self._closed = False
        self._follower = _ClockFollower(self, participant) if sim_time else None

    def __enter__(self) -> ProcessHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, spec: HostedSpec) -> Node:
        """Build the node that spec describes."""
        module, _, name = spec.target.partition(":")
        cls = getattr(importlib.import_module(module), name)
        return self.build(cls, spec.name, namespace=spec.namespace, params=spec.params, remaps=spec.remaps)

    def build(
        self,
        cls: Callable[..., Any],
        name: str,
        *,
        namespace: str = "",
        params: Mapping[str, Any] | None = None,
        remaps: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> Any:
        """Construct cls(name, ticker=..., **node_kwargs, **extra) in this host and return it."""
        arguments = [part for old, new in (remaps or {}).items() for part in ("-r", f"{old}:={new}")]
        node = cls(
            name,
            ticker=self.ticker,
            context=self.context,
            namespace=namespace,
            parameter_overrides=to_parameters(params or {}),
            cli_args=["--ros-args", *arguments] if arguments else None,
            use_global_arguments=False,
            **extra,
        )
        self.adopt(node)
        return node

    def adopt(self, node: Node) -> None:
        """Spin a node that was built elsewhere with this host's context; close() destroys it.

        A node with a method poll() -> float is polled before each wait for an event; it returns the longest wait (s).
        """
        for each in (node, *getattr(node, "companions", ())):
            self.executor.add_node(each)
            self.nodes.append(each)
        poll = getattr(node, "poll", None)
        if poll is not None:
            self._polls.append(poll)

    def stop(self) -> None:
        """End spin(); callable from any thread and from signal handlers."""
        self._stop.set()

    def spin(self) -> None:
        """Work until stop()."""
        # What was built so far stays: maps, tables and nodes need not be looked through by every collection.
        gc.collect()
        gc.freeze()
        self._stop.spinning = True
        while not self._stop.is_set() and self.context.ok():
            self.spin_once()

    def spin_until(self, predicate: Callable[[], bool], timeout_s: float) -> bool:
        """Work until predicate() holds; False after timeout_s seconds of wall time. For tests and tools."""
        end = time.monotonic() + timeout_s
        while not predicate():
            if time.monotonic() >= end:
                return False
            self.spin_once(0.02)
        return True

    def spin_once(self, timeout_s: float = _IDLE_S) -> None:
        """Handle one event, or wait for one at most timeout_s seconds, and run the tick that became due."""
        for poll in self._polls:
            timeout_s = min(timeout_s, poll())
        if self._follower is not None:
            # EventsExecutor.spin() is broken in rclpy 7.1.6; spin_once() handles exactly one event.
            self.executor.spin_once(timeout_sec=timeout_s)
            self._follower.step()
            return
        self.executor.spin_once(timeout_sec=min(timeout_s, max(0.0, self._next - self._clock.now())))
        now = self._clock.now()
        if now >= self._next:
            self._next = (now // self._base_period_s + 1.0) * self._base_period_s
            self._watch_clock()
            self.ticker.advance(now)

    def _watch_clock(self) -> None:
        """Stamps follow the computer's clock, the ticks do not: what counts seconds neither freezes nor hurries."""
        jump = self._clock.look()
        use_clock(self._clock)
        if jump:
            get_logger("clock").warning(f"the computer's clock was set by {jump:+.2f} s; this process goes on evenly")

    def drain(self) -> None:
        """Handle what is queued now, and what that leads to, without waiting."""
        for _ in range(_DRAIN_PASSES):
            passed: list[bool] = []
            self.executor.create_task(passed.append, True)
            while not passed:
                self.executor.spin_once(timeout_sec=_IDLE_S)

    def close(self) -> None:
        """Destroy nodes, executor and context; harmless the second time."""
        if self._closed:
            return
        self._closed = True
        self._stop.end()
        for node in reversed(self.nodes):
            self.executor.remove_node(node)
            node.destroy_node()
        self.nodes.clear()
        self._polls.clear()
        self.executor.shutdown()
        use_clock(None)
        rclpy.try_shutdown(context=self.context)


class _ClockFollower:
    """Answers /clock with a tick and, when all its work is done, with StepDone if somebody waits for that."""

    def __init__(self, host: ProcessHost, participant: str) -> None:
        self._host = host
        self._participant = participant
        self._pending: Clock | None = None
        self._introduced = False
        self._clock: Subscription | None = None
        self._node = node = Node(
            f"clock_{participant}",
            context=host.context,
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        host.adopt(node)
        self._done = node.create_publisher(StepDone, "/sim/step_done", qos.CLOCK)

    def _on_clock(self, message: Clock) -> None:
        self._pending = message

    def step(self) -> None:
        if self._clock is None:
            # Not before all nodes are built, which takes long on a busy machine: who listens has to answer.
            self._clock = self._node.create_subscription(Clock, "/clock", self._on_clock, qos.CLOCK)
        if self._pending is None:
            self._introduce()
            return
        self._introduced = True
        stamp = self._pending.clock
        self._pending = None
        self._host.ticker.advance(from_stamp(stamp))
        if self._done.get_subscription_count() == 0:
            return  # Gazebo's clock comes 200 times a second and waits for nobody
        self._host.drain()
        self._done.publish(StepDone(participant=self._participant, stamp=stamp))

    def _introduce(self) -> None:
        """Say once, with stamp 0, that this process has started: it may have taken a dead one's place."""
        if not self._introduced and self._done.get_subscription_count() > 0:
            self._introduced = True
            self._done.publish(StepDone(participant=self._participant))
