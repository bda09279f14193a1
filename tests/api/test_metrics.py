"""Metrics speak Prometheus' format with the fleet's figures; logs are lines of JSON without local variables."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from amr_fleet.logs import configure_logs
from tests.api.api_support import Connect, plain_logs
from tests.api.fake_fleet import FakeFleet


def test_metrics_are_the_fleets_figures(connect: Connect, fleet: FakeFleet) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "QUEUED", "", -5.0), ("DOCK-02", "BLK-02", "TO_PICK", "amr_02", 0.0)])

    async def run() -> None:
        async with connect() as http:
            assert (await http.get("/metrics")).status_code == 401
        async with connect("viewer") as http:
            await http.get("/api/v1/orders/T9")
            answer = await http.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain")
            found = {
                (s.name, *sorted(s.labels.values())): s.value
                for family in text_string_to_metric_families(answer.text)
                for s in family.samples
            }
            assert found["amr_orders_open", "QUEUED"] == 1
            assert found["amr_orders_late",] == 1
            assert found["amr_orders_ended_total", "done"] == 182
            assert sum(v for k, v in found.items() if k[0] == "amr_robots") == 4
            assert found["amr_longest_wait_seconds",] > 40
            assert found["amr_engine_faults_total",] == 0
            assert found["amr_http_requests_total", "/api/v1/orders/{order_id}", "404", "GET"] == 1

    asyncio.run(run())


@pytest.fixture
def _default_logs() -> Iterator[None]:
    yield
    plain_logs()
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        logging.getLogger(name).handlers = []


@pytest.mark.usefixtures("_default_logs")
def test_logs_are_json_lines_without_locals() -> None:
    out = io.StringIO()
    configure_logs(out)

    def fails(password: str) -> None:
        raise ValueError(len(password))

    secret = "".join(reversed("eulav-terc3s"))
    try:
        fails(secret)
    except ValueError:
        structlog.get_logger("x").exception("api.crashed", path="/đơn")
    logging.getLogger("uvicorn.error").warning("slow %s", "client")
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["event"], first["path"], first["level"]) == ("api.crashed", "/đơn", "error")
    assert "ValueError: 12" in first["exception"]
    assert secret not in out.getvalue()
    assert (second["event"], second["level"]) == ("slow client", "warning")
