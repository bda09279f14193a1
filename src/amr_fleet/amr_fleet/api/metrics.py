"""Figures for Prometheus: the fleet's from its last snapshot when it is asked, the server's counted as it answers."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from amr_fleet.ports import EngineCondition, FleetSnapshot

STATUSES: Final = ("OFFLINE", "ERROR", "PAUSED", "CHARGING", "BUSY", "PARKING", "IDLE")
STATES: Final = ("QUEUED", "ASSIGNED", "TO_PICK", "PICKING", "TO_DROP", "DROPPING")
# s, upper ends of the bins; chosen: close where answers usually lie
_SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)


class _Fleet(Collector):
    def __init__(self, snapshot: Callable[[], FleetSnapshot], condition: Callable[[], EngineCondition]) -> None:
        self._snapshot, self._condition = snapshot, condition

    def describe(self) -> list[Metric]:
        """Say nothing before the first question: the fleet may not run yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of this moment."""
        snap = self._snapshot()
        yield _labelled("amr_robots", "Robots by status", "status", STATUSES, Count(r.status for r in snap.robots))
        yield _labelled("amr_orders_open", "Open orders by state", "state", STATES, Count(o.state for o in snap.orders))
        kpi = snap.kpi
        ended = CounterMetricFamily("amr_orders_ended", "Orders that ended, by how", labels=["how"])
        for how, value in (
            ("done", kpi.orders_done),
            ("cancelled", kpi.orders_cancelled),
            ("failed", kpi.orders_failed),
        ):
            ended.add_metric([how], value)
        yield ended
        yield CounterMetricFamily("amr_deadlocks", "Cycles of robots that waited for each other", value=kpi.deadlocks)
        yield GaugeMetricFamily(
            "amr_order_service_p95_seconds", "95 % of the last hour's orders took less", kpi.service_p95_s
        )
        yield from _robots(snap)
        longest = snap.waits.longest_s
        yield GaugeMetricFamily("amr_longest_wait_seconds", "How long the longest waiting robot waits", longest)
        late = sum(0 < o.deadline < snap.t for o in snap.orders)
        yield GaugeMetricFamily("amr_orders_late", "Open orders whose deadline has passed", late)
        faults = self._condition().faults
        yield CounterMetricFamily("amr_engine_faults", "What broke in the engine that nobody foresaw", value=faults)
        yield GaugeMetricFamily("amr_fleet_ready", "1 when the fleet takes orders", float(snap.ready))


def _labelled(name: str, text: str, label: str, values: tuple[str, ...], counts: Count[str]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value in values:
        family.add_metric([value], counts[value])
    return family


def _robots(snap: FleetSnapshot) -> Iterator[Metric]:
    charge = GaugeMetricFamily("amr_robot_charge_ratio", "State of charge, 0 to 1", labels=["robot"])
    online = GaugeMetricFamily("amr_robot_online", "1 when it reports", labels=["robot"])
    for robot in snap.robots:
        charge.add_metric([robot.name], robot.soc)
        online.add_metric([robot.name], float(robot.online))
    yield charge
    yield online


class Metrics:
    """The registry of one application."""

    def __init__(self, snapshot: Callable[[], FleetSnapshot], condition: Callable[[], EngineCondition]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Fleet(snapshot, condition))
        labels = ("method", "route", "status")
        self._answers = Counter("amr_http_requests", "Answered requests", labels, registry=self._registry)
        self._seconds = Histogram(
            "amr_http_seconds", "Time to answer", ("route",), buckets=_SECONDS, registry=self._registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. route: its template, never the path, of which there are too many."""
        self._answers.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
