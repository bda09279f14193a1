"""Schemathesis against our own OpenAPI and a real engine: whatever is sent, the answer is what the document says.

Its status is declared, its body fits the schema, a refusal has a code that the route declares, and nothing is a 5xx.

AMR_FUZZ_EXAMPLES sets how many requests each operation gets at most (what takes nothing gets one); the suite's few only
show that the way is open. AMR_FUZZ_REQUESTS: all operations are gone through again, with other examples, until so many
requests were sent altogether.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.app import create_app
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.ops import Ops
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.tracks import TrackStore
from tests.api.api_support import FAST, PASSWORD
from tests.api.test_order_routes import running

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FEW = 2
EXAMPLES = int(os.environ.get("AMR_FUZZ_EXAMPLES", FEW))
REQUESTS = int(os.environ.get("AMR_FUZZ_REQUESTS", 0))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    site = load_site("lab")
    store = JournalStore(":memory:")
    service = FleetService(FleetEngine(build_roadmap(site), units_of(site)), store, lambda _command: None)
    users = UserStore(tmp_path_factory.mktemp("fuzz") / "users.db", hasher=FAST)
    users.add("root", PASSWORD, "admin")
    ops = Ops(site=site, read_journal=store.read, tracks=TrackStore(":memory:"))
    app = create_app(service, site, users, static=tmp_path_factory.mktemp("static"), ops=ops)
    with running(service):
        yield app


def _wrong(case: Any, answer: Any) -> str:
    """Return in what an answer is not what the document says, "" when it is."""
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as failed:
        return "; ".join(f"{one.title}: {one.message}"[:300] for one in failed.exceptions)
    if answer.status_code < 400:
        return ""
    declared = case.operation.definition.raw["responses"][str(answer.status_code)]["x-codes"]
    code = answer.json()["code"]
    return "" if code in declared else f"{code} is not declared"


def _broken(operation: Any, token: str, statuses: Counter[int], turn: int) -> list[str]:
    """Send an operation's examples of a turn and count the answers; return what broke."""
    found: list[str] = []

    @seed(turn)
    @settings(
        max_examples=EXAMPLES, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), database=None,
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) | operation.as_strategy())
    def send(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        statuses[answer.status_code] += 1
        why = _wrong(case, answer)
        if why:
            sent = case.as_curl_command()[:300]
            found.append(f"{operation.label} {sent} -> {answer.status_code} {answer.text[:200]}: {why}")

    send()
    return found


def test_nothing_that_is_sent_breaks_the_server(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 60
    users: UserStore = api.state.context.users
    statuses, broken, turn = Counter[int](), list[str](), 0
    while not turn or (statuses.total() < REQUESTS and not broken):
        turn += 1
        for one in operations:
            # A session of its own for each: one of them is the log-out.
            broken += _broken(one, users.open_session("root", "token", "fuzz"), statuses, turn)
    if EXAMPLES > FEW or REQUESTS:
        with capsys.disabled():
            told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
            sys.stdout.write(
                f"\nHTTP: {statuses.total()} requests to {len(operations)} operations in {turn} turns: {told}; "
                f"{len(broken)} broken\n"
            )
    assert not broken, "\n".join(broken)
    # By night each route gets many, not the two that the strategies make at least.
    assert statuses.total() > len(operations) * (10 if EXAMPLES > FEW else 1)
    assert statuses[200] + statuses[201] > 20, "what is valid gets through"
    assert statuses[422] > 20, "what is rubbish does not"
