"""Schemathesis against our own OpenAPI and a real engine: whatever is sent, the answer is what the document says.

Its status is declared, its body fits the schema, a refusal has a code that the route declares, and nothing is a 5xx
but a declared one that says when to ask again: on a full machine the engine may be late.

AMR_FUZZ_EXAMPLES sets how many requests of an operation Schemathesis makes at most (of what takes nothing one); the
suite's few only show that the way is open. AMR_FUZZ_BENT: after each of them so many more with something wrong in body,
query or path, which costs a tenth of what making one costs. AMR_FUZZ_REQUESTS: all operations are gone through again,
with other examples, until so many requests were sent altogether; each turn is sent by another role, one by nobody.
"""

from __future__ import annotations

import json
import os
import random
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

import pytest
import schemathesis
from fastapi import Body, FastAPI, Response
from fastapi.responses import PlainTextResponse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NotSet
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.app import create_app
from amr_fleet.api.assisting import load_grammar
from amr_fleet.api.gate import SOON, error_response
from amr_fleet.api.problems import problems
from amr_fleet.api.users import ROLES, UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.ops import Ops
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.tracks import TrackStore
from amr_lab.fleet_bench.bending import bent
from tests.api.api_support import FAST, PASSWORD
from tests.api.test_order_routes import running

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
GRAMMAR_S = 120.0
FEW = 2
EXAMPLES = int(os.environ.get("AMR_FUZZ_EXAMPLES", FEW))
REQUESTS = int(os.environ.get("AMR_FUZZ_REQUESTS", 0))
BENT = int(os.environ.get("AMR_FUZZ_BENT", 1))
WHO = ("admin", *(role for role in ROLES if role != "admin"), "")
"""Whose sessions, turn by turn; "" = nobody's."""
NOBODYS = "no-session-of-anybody"
TEXTS = (
    "0", "-1", "1e999", "NaN", "9" * 400, "null", "true", "[]", "x" * 300, "\u202eabc", "\x00", "\ufeff", "%00",
    "a\r\nb: c", "' OR 1=1 --", "<script>", "2026-02-30T25:61:61Z", "\U0001f4a9", " ", "a b", "T00001",
)  # fmt: skip
"""What stands in for a value in a path or a query."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    site = load_site("lab")
    store = JournalStore(":memory:")
    service = FleetService(FleetEngine(build_roadmap(site), units_of(site)), store, lambda _command: None)
    users = UserStore(tmp_path_factory.mktemp("fuzz") / "users.db", hasher=FAST)
    for role in ROLES:
        users.add(role, PASSWORD, role)
    ops = Ops(site=site, read_journal=store.read, tracks=TrackStore(":memory:"))
    app = create_app(service, site, users, static=tmp_path_factory.mktemp("static"), ops=ops)
    with running(service):
        # The questions are to be answered, not put off: a full machine takes longer than a person is let wait.
        load_grammar(app.state.context).result(GRAMMAR_S)
        yield app


def _as_json(body: Any) -> bytes | None:
    try:
        return None if isinstance(body, NotSet) else json.dumps(body).encode()
    except (TypeError, ValueError):  # it is sent as something else
        return None


def _code(answer: Any) -> str:
    """Return the code of a refusal, "" of one that is not as ours are."""
    with suppress(ValueError, AttributeError):
        return str(answer.json().get("code", ""))
    return ""


def _wrong(case: Any, answer: Any) -> str:
    """Return in what an answer is not what the document says, "" when it is."""
    later = answer.status_code == 503 and _code(answer) in SOON and answer.headers.get("retry-after")
    try:
        case.validate_response(answer, checks=CHECKS if later else [not_a_server_error, *CHECKS])
    except FailureGroup as failed:
        return "; ".join(f"{one.title}: {one.message}"[:300] for one in failed.exceptions)
    if answer.status_code < 400:
        return ""
    declared = case.operation.definition.raw["responses"][str(answer.status_code)]["x-codes"]
    code = _code(answer)
    return "" if code in declared else f"{code} is not declared"


def _sent(case: Any, data: bytes | None = None) -> str:
    """Return how to send a request again. data: what was its body instead."""
    instead = "" if data is None else f"\n  with {data[:4000]!r}"
    return f"{case.operation.label}\n  {case.as_curl_command()[:4000]}{instead}"


class Count:
    """What was answered. statuses: how many had which; broken: how to send what broke again, and why it is wrong.

    bent: of how many we had made something wrong ourselves.
    """

    def __init__(self) -> None:
        self.statuses = Counter[int]()
        self.broken = list[str]()
        self.bent = 0
        self.anew = Counter[str]()
        """Operations whose examples the tool gave up half-way: its strategies are not the same each time."""

    def take(self, case: Any, token: str, **content: Any) -> None:
        """Send a request and judge its answer. content: data, its body (bytes), in place of the case's own."""
        try:
            answer = case.call(headers={"Authorization": f"Bearer {token}"}, **content)
        except Exception:
            self.broken.append(f"{_sent(case, **content)}\n  raised: {traceback.format_exc()[-4000:]}")
            return
        self.statuses[answer.status_code] += 1
        if why := _wrong(case, answer):
            said = f"{answer.status_code} {answer.text[:2000]}"
            self.broken.append(f"{_sent(case, **content)}\n  -> {said}\n  wrong: {why}")

    def bend(self, case: Any, token: str, chance: random.Random) -> None:
        """Send a request with something wrong in its body, query or path."""
        parts = [name for name in ("query", "path_parameters") if getattr(case, name)]
        body = _as_json(case.body)
        self.bent += body is not None or bool(parts)
        if body is not None and (not parts or chance.random() < 0.7):
            self.take(case, token, data=bent(body, chance))
        elif parts:
            part = chance.choice(parts)
            values = dict(getattr(case, part))
            values[chance.choice(sorted(values))] = chance.choice(TEXTS)
            same = {name: getattr(case, name) for name in ("path_parameters", "query", "body", "media_type")}
            self.take(case.operation.Case(**same | {part: values}), token)

    def turn(self, operation: Any, token: str, number: int) -> None:
        """Send an operation's examples of a turn."""
        chance = random.Random(f"{number} {operation.label}")

        @seed(number)
        @settings(
            max_examples=EXAMPLES, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck), database=None,
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) | operation.as_strategy())
        def send(case: Any) -> None:
            self.take(case, token)
            for _ in range(BENT):
                self.bend(case, token, chance)

        try:
            send()
        except FlakyStrategyDefinition:
            self.anew[operation.label] += 1

    def told(self, operations: int, turns: int) -> str:
        """Return the figures in a line."""
        told = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"HTTP: {self.statuses.total()} requests ({self.bent} bent) to {operations} operations in {turns} turns: "
            f"{told}; {len(self.broken)} broken; examples given up half-way by the tool: {self.anew.total()}"
        )


def test_nothing_that_is_sent_breaks_the_server(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 60
    users: UserStore = api.state.context.users
    count, turn = Count(), 0
    while not turn or (count.statuses.total() < REQUESTS and not count.broken):
        turn += 1
        who = WHO[(turn - 1) % len(WHO)]
        for one in operations:
            # A session of its own for each: one of them is the log-out.
            count.turn(one, users.open_session(who, "token", "fuzz") if who else NOBODYS, turn)
    if EXAMPLES > FEW or REQUESTS:
        with capsys.disabled():
            sys.stdout.write(f"\n{count.told(len(operations), turn)}\n")
    assert not count.broken, "\n".join(count.broken[:20])
    assert count.anew.total() <= turn * len(operations) // 20, count.anew
    assert count.bent >= BENT * len(operations), "most operations take something that can be bent"
    statuses = count.statuses
    # By night each route gets many, not the two that the strategies make at least.
    assert statuses.total() > len(operations) * (10 if EXAMPLES > FEW else 1)
    assert statuses[200] + statuses[201] > 20, "what is valid gets through"
    assert statuses[422] > 20, "what is rubbish does not"
    if turn >= len(WHO):
        assert statuses[401] > 20, "nobody gets in"
        assert statuses[403] > 20, "who may not is told so"


@pytest.fixture
def small() -> Any:
    """An API of four: one is late, one is late and says nothing of it, one fails, one refuses a body in plain text."""
    app = FastAPI()

    @app.get("/late", responses=problems("assistant.loading"))
    def late() -> Response:
        return error_response(AmrError("assistant.loading"))

    @app.get("/mute", responses=problems("assistant.loading"))
    def mute() -> Response:
        answer = error_response(AmrError("assistant.loading"))
        del answer.headers["retry-after"]
        return answer

    @app.get("/fails")
    def fails(word: str = "") -> Response:
        raise KeyError(word[:10])

    @app.post("/plain", responses=problems("request.invalid"))
    def plain(word: Annotated[str, Body(embed=True)]) -> Response:
        return PlainTextResponse(word[:0] + "away", status_code=503)

    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_an_answer_that_says_when_to_ask_again_is_one_and_what_breaks_is_told_whole(small: Any) -> None:
    found: dict[str, Count] = {}
    for result in small.get_all_operations():
        operation = result.ok()
        found[operation.path] = Count()
        found[operation.path].turn(operation, "token", 1)
    assert found["/late"].statuses[503]
    assert not found["/late"].broken
    [told] = set(found["/mute"].broken)
    assert "/mute" in told
    assert "assistant.loading" in told, "the answer"
    assert "curl -X GET" in found["/fails"].broken[0], "how to send it again"
    assert "KeyError" in found["/fails"].broken[0]


def test_what_a_bent_body_breaks_is_told_though_its_answer_is_no_json(small: Any) -> None:
    [operation] = [one.ok() for one in small.get_all_operations() if one.ok().path == "/plain"]
    count, case = Count(), operation.Case(body={"word": "a"}, media_type="application/json")
    for number in range(40):
        count.bend(case, "token", random.Random(number))
    assert count.bent == count.statuses.total() == 40
    assert count.statuses[503] > 0
    assert sum("-> 503 away" in one for one in count.broken) == count.statuses[503]
