"""Traces of orders: what spans come of journal, goals and HTTP, and how they reach a collector."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.order_spans import OrderSpans, caller
from amr_fleet.domain.events import JournalEntry
from amr_fleet.neighbours.order_traces import (
    ABORTED,
    ACTIONS,
    CANCELED,
    KINDS,
    SUCCEEDED,
    OrderTraces,
    TraceSpan,
    span_id,
    trace_id,
)
from amr_fleet.neighbours.sending import MOST, PAUSES, SpanSender, need_tracing
from amr_fleet.neighbours.settings import Tracing, load_neighbours
from amr_fleet.neighbours.tracing_desk import TracingDesk
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_lab.bench.tracing import life

REQUEST = {"pick_place": "D1", "drop_place": "A1", "reference": "r1", "load_id": "", "priority": 0}
LIFE: list[tuple[float, str, str, str, dict[str, Any]]] = [
    (10.0, "order_created", "T1", "", REQUEST),
    (15.0, "order_assigned", "T1", "amr_01", {}),
    (15.0, "mission_started", "T1", "amr_01", {"mission": "M1", "kind": "pick", "goal": "n", "action": ""}),
    (40.0, "order_picked", "T1", "amr_01", {"place": "D1"}),
    (41.0, "mission_ended", "T1", "amr_01", {"mission": "M1", "why": "done"}),
    (41.0, "mission_started", "T1", "amr_01", {"mission": "M2", "kind": "drop", "goal": "n", "action": ""}),
    (90.0, "order_done", "T1", "amr_01", {"place": "A1"}),
    (90.0, "mission_ended", "T1", "amr_01", {"mission": "M2", "why": "done"}),
]  # fmt: skip


def entry(t: float, kind: str, order: str, robot: str, facts: dict[str, Any]) -> JournalEntry:
    return JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts=facts)


def taken(traces: OrderTraces, *rows: tuple[float, str, str, str, dict[str, Any]]) -> list[TraceSpan]:
    return [span for row in rows for span in traces.take(entry(*row), row[0])]


def test_an_orders_trace_has_its_waiting_its_missions_and_the_goals_of_its_robot() -> None:
    traces = OrderTraces("j")
    spans = taken(traces, *LIFE[:3])
    for status in (1, 2, 2):
        spans += traces.goal("amr_01", "navigate_to_pose", "g1", status, 16.0)
    spans += traces.goal("amr_01", "navigate_to_pose", "g1", SUCCEEDED, 38.0)
    spans += traces.goal("amr_01", "navigate_to_pose", "g1", SUCCEEDED, 38.0)
    spans += taken(traces, *LIFE[3:])
    by_name = {span.name: span for span in spans}
    assert len(spans) == len(by_name) == 6
    root, trace = by_name["transport order"], trace_id("j", "T1")
    assert {span.trace for span in spans} == {trace}
    assert (root.parent, root.span, root.begin, root.end, root.ok) == (b"", span_id(trace, "order"), 10.0, 90.0, True)
    assert (root.facts["amr.pick_place"], root.facts["amr.state"]) == ("D1", "DONE")
    assert {by_name[n].parent for n in ("wait for a robot", "picked", "mission pick", "mission drop")} == {root.span}
    assert (by_name["wait for a robot"].begin, by_name["wait for a robot"].end) == (10.0, 15.0)
    goal = by_name["navigate_to_pose"]
    assert (goal.parent, goal.begin, goal.end, goal.ok) == (by_name["mission pick"].span, 16.0, 38.0, True)
    assert len({span.span for span in spans}) == 6


def test_a_fleet_that_was_started_again_goes_on_in_the_same_trace() -> None:
    whole, before, after = OrderTraces("j"), OrderTraces("j"), OrderTraces("j")
    all_of_it = taken(whole, *LIFE)
    first = taken(before, *LIFE[:5])
    taken(after, *LIFE[:5])  # read again without a word
    assert first + taken(after, *LIFE[5:]) == all_of_it
    assert trace_id("j", "T1") != trace_id("j", "T2")
    assert trace_id("j", "T1") != trace_id("k", "T1")


def test_a_failed_order_and_goals_that_fail_say_so_and_what_is_of_no_order_has_no_span() -> None:
    traces = OrderTraces("j")
    taken(traces, *LIFE[:3])
    (failed,) = taken(traces, (50.0, "order_failed", "T1", "amr_01", {"code": "load.failed"}))
    assert (failed.ok, failed.facts["error.type"]) == (False, "load.failed")
    goals = (("dock_robot", ABORTED, False), ("handle_load", CANCELED, None), ("follow_path", ABORTED, None))
    for action, status, ok in goals:
        list(traces.goal("amr_01", action, action, 1, 51.0))
        (span,) = traces.goal("amr_01", action, action, status, 52.0)
        assert span.ok is ok
    park = (60.0, "mission_started", "", "amr_02", {"mission": "M9", "kind": "park", "goal": "n", "action": ""})
    assert taken(traces, park, (61.0, "mission_ended", "", "amr_02", {"mission": "M9", "why": "done"})) == []
    list(traces.goal("amr_02", "navigate_to_pose", "c", 1, 60.5))
    assert list(traces.goal("amr_02", "navigate_to_pose", "c", SUCCEEDED, 60.9)) == []
    assert list(traces.goal("amr_01", "navigate_to_pose", "nobody heard it begin", SUCCEEDED, 70.0)) == []
    assert taken(traces, (99.0, "order_done", "T7", "amr_01", {})) == [], "an order that nobody heard of"


def test_what_is_open_is_bounded() -> None:
    traces = OrderTraces("j")
    for i in range(20_100):
        taken(traces, (1.0, "order_created", f"T{i}", "", REQUEST))
    for i in range(5_100):
        list(traces.goal("amr_01", "dock_robot", str(i), 1, 1.0))
    assert (len(traces._orders), len(traces._goals)) == (20_000, 5_000)
    assert traces._goals.keys().isdisjoint({"0", "99"})


def test_every_span_of_a_rehearsed_day_is_whole() -> None:
    site = load_site("lab")
    run = Rehearsal(build_roadmap(site), units_of(site, 2))
    run.create([OrderRequest(pick_place="D1", drop_place="A1") for _ in range(4)])
    assert run.run(lambda r: r.done, 3000.0)
    traces = OrderTraces("j")
    spans = [s for e in run.journal if e.kind in KINDS for s in traces.take(e, e.t)]
    ids = {(s.trace, s.span) for s in spans}
    assert len(ids) == len(spans)
    assert sum(not s.parent for s in spans) == 4
    assert all(not s.parent or (s.trace, s.parent) in ids for s in spans), "no span has a parent that is not sent"
    assert all(0.0 <= s.begin <= s.end for s in spans)


def test_an_order_of_the_bench_has_all_its_spans() -> None:
    traces = OrderTraces("j")
    spans: list[TraceSpan] = []
    for number, part in enumerate(life("amr_01", 7, 100.0)):
        spans += [span for e in part if e.kind in KINDS for span in traces.take(e, e.t)]
        for action in ACTIONS if number < 2 else ():
            spans += [
                s
                for status in (1, SUCCEEDED)
                for s in traces.goal("amr_01", action, f"{number}{action}", status, 100.0)
            ]
    assert len(spans) == 5 + 2 * len(ACTIONS)


# The collector: OpenTelemetry's own messages are its judge


class Collector:
    """Takes OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []
        self.status = 200

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        data = handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        if self.status == 200:
            for one in ExportTraceServiceRequest.FromString(data).resource_spans:
                self.resources.append({a.key: a.value.string_value for a in one.resource.attributes})
                self.spans += [span for scope in one.scope_spans for span in scope.spans]
        body = ExportTraceServiceResponse().SerializeToString()
        handler.send_response(self.status)
        handler.send_header("Content-Type", "application/x-protobuf")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def collecting(collector: Collector) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces"
        server.shutdown()
        thread.join(10.0)


def settings(url: str, **more: Any) -> Tracing:
    return Tracing.model_validate({"url": url, "plain": True, "loopback": True, "timeout": 1.0, **more})


def test_a_collector_gets_whole_spans_of_opentelemetrys_own() -> None:
    collector, said = Collector(), list[str]()
    with collecting(collector) as url:
        sender = SpanSender(settings(url), "lab", said.append)
        for span in taken(OrderTraces("j"), *LIFE):
            sender.put(span)
        link = (b"\x01" * 16, b"\x02" * 8)
        sender.put(
            TraceSpan(name="x", trace=b"\x03" * 16, span=b"\x04" * 8, begin=5.0, end=4.0, server=True, link=link)
        )
        sender.close()
    by_name = {span.name: span for span in collector.spans}
    root = by_name["transport order"]
    assert root.trace_id == trace_id("j", "T1")
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (10_000_000_000, 90_000_000_000)
    assert (root.parent_span_id, root.status.code) == (b"", 1)
    assert by_name["mission pick"].parent_span_id == root.span_id
    assert {a.key: a.value.string_value for a in root.attributes}["amr.pick_place"] == "D1"
    assert (by_name["x"].kind, by_name["x"].links[0].trace_id) == (2, link[0])
    assert by_name["x"].end_time_unix_nano == by_name["x"].start_time_unix_nano
    assert collector.resources[0] == {"service.name": "amr-fleet", "amr.site": "lab"}
    assert (sender.sent, sender.lost, said) == (6, 0, ["tracing: 127.0.0.1: spans are taken"])


class Broken:
    """An exporter of whom everything may come."""

    def __init__(self) -> None:
        self.does: Callable[[], Any] = lambda: None

    def export(self, _spans: Any) -> Any:
        return self.does()

    def shutdown(self) -> None:
        pass


def broken_rig() -> tuple[SpanSender, Broken, list[str], list[float]]:
    exporter, said, now = Broken(), list[str](), [0.0]
    sender = SpanSender(
        settings("http://127.0.0.1:9/"), "lab", said.append, make=lambda _s: exporter, steady=lambda: now[0]
    )
    return sender, exporter, said, now


def test_a_collector_that_is_away_is_left_alone_and_gets_what_it_missed_but_for_the_oldest() -> None:
    sender, exporter, said, now = broken_rig()
    spans = [TraceSpan(name=str(i), trace=b"t" * 16, span=b"s" * 8, begin=0.0, end=1.0) for i in range(MOST + 10)]
    for span in spans:
        sender.put(span)
    assert sender.lost == 10

    def fall() -> None:
        raise OSError("away\nfrom here")

    exporter.does = fall
    for pause in PAUSES:
        sender.send()
        assert sender._resume == now[0] + pause
        sender.send()
        now[0] += pause
    assert said[0] == "tracing: 127.0.0.1: OSError: away from here; 10 spans are lost"
    exporter.does = lambda: None
    sender.send()
    assert said[-1].startswith("tracing: 127.0.0.1: the collector took nothing")
    now[0] += 100.0
    with collecting(Collector()) as url:
        ok = SpanSender(settings(url), "lab", said.append)
        exporter.does = lambda: ok._exporter.export([ok._readable(spans[0])])
        while sender._queue:
            sender.send()
    assert sender.sent == MOST
    assert sender._failures == 0


def test_an_address_that_may_not_be_gets_nothing() -> None:
    said: list[str] = []
    sender = SpanSender(settings("http://127.0.0.1:9/", loopback=False), "lab", said.append, make=lambda _s: Broken())
    sender.put(TraceSpan(name="x", trace=b"t" * 16, span=b"s" * 8, begin=0.0, end=1.0))
    sender.send()
    assert "this computer itself" in said[0]


def test_without_the_sdk_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(AmrError) as caught:
        need_tracing()
    assert (caught.value.code, caught.value.facts["extra"]) == ("extra.not_installed", "tracing")


class Book:
    """A journal."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []

    def last_seq(self) -> int:
        return len(self.entries)

    def after(self, seq: int, kinds: Any, limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        found = [(i + 1, e) for i, e in enumerate(self.entries) if i >= seq and e.kind in kinds][:limit]
        return found, found[-1][0] if len(found) == limit else len(self.entries)


def test_a_desk_is_silent_on_what_was_before_and_follows_what_comes() -> None:
    book, collector = Book(), Collector()
    book.entries += [entry(*row) for row in LIFE[:5]]
    now = 50.0
    with collecting(collector) as url:
        desk = TracingDesk(
            book, "j", SpanSender(settings(url), "lab", lambda _text: None), lambda: now, clock=lambda: 1e6
        )
        desk.start()
        desk.goal("amr_01", "follow_path", "g", 1)
        book.entries += [entry(*row) for row in LIFE[5:]]
        desk.goal("amr_01", "follow_path", "g", SUCCEEDED)
        end = time.monotonic() + 20.0
        while len(collector.spans) < 3:
            assert time.monotonic() < end, [s.name for s in collector.spans]
            time.sleep(0.05)
        desk.close()
    assert sorted(s.name for s in collector.spans) == ["follow_path", "mission drop", "transport order"]
    root = next(s for s in collector.spans if s.name == "transport order")
    assert root.start_time_unix_nano == round((1e6 - 40.0) * 1e9), "a simulation's time, counted back from now"


# HTTP


def made(answer: Any, status: int = 201) -> tuple[TestClient, list[TraceSpan]]:
    app, spans = FastAPI(), list[TraceSpan]()

    @app.post("/api/v1/orders", status_code=status)
    def create() -> Any:
        return answer

    @app.post("/api/v1/other", status_code=status)
    def other() -> Any:
        return answer

    app.add_middleware(OrderSpans, put=spans.append, place="j")
    return TestClient(app), spans


def test_an_order_over_http_has_its_span_in_the_orders_trace_and_links_who_called() -> None:
    client, spans = made({"order_id": "T1", "text": "x"})
    header = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    assert client.post("/api/v1/orders", headers=header).json()["order_id"] == "T1"
    client.post("/api/v1/other", headers=header)
    (span,) = spans
    assert (span.trace, span.parent) == (trace_id("j", "T1"), span_id(trace_id("j", "T1"), "order"))
    assert span.link == (b"\xab" * 16, b"\xcd" * 8)
    assert span.server
    assert span.begin <= span.end


@pytest.mark.parametrize(
    ("answer", "status"), [({"code": "x"}, 201), ([], 201), ({"order_id": "T1"}, 409), ({"order_id": ""}, 201)]
)
def test_an_answer_that_makes_no_order_has_no_span(answer: Any, status: int) -> None:
    client, spans = made(answer, status)
    assert client.post("/api/v1/orders").status_code == status
    assert spans == []


@pytest.mark.parametrize(
    "header",
    [b"", b"rubbish", b"\xff" * 55, b"00-" + b"0" * 32 + b"-" + b"1" * 16 + b"-01",
     b"00-" + b"1" * 32 + b"-" + b"0" * 16 + b"-01",
     b"01-" + b"1" * 32 + b"-" + b"1" * 16 + b"-01", b"00-" + b"A" * 32 + b"-" + b"1" * 16 + b"-01"],
)  # fmt: skip
def test_a_traceparent_that_is_none_links_nobody(header: bytes) -> None:
    assert caller(header) is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("tracing: {}", "tracing.url"),
        ("tracing: {url: 'http://x/v1/traces'}", "tracing"),
        ("tracing: {url: 'ftp://x'}", "tracing"),
        ("tracing: {url: 'https://u:p@x'}", "tracing"),
        ("tracing: {url: 'https://x', timeout: 0}", "tracing.timeout"),
        ("tracing: {url: 'https://x', networks: [x]}", "tracing.networks"),
        ("tracing: {url: 'https://x', ca_file: /none}", "tracing"),
        ("tracing: {url: 'https://x', more: 1}", "tracing.more"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, where: str) -> None:
    file = tmp_path / "neighbours.yaml"
    file.write_text(text)
    with pytest.raises(AmrError) as caught:
        load_neighbours(file)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)
    json.dumps(caught.value.facts)
