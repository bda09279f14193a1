"""What crosses the link between engine and API: requests as JSON, frames with bounds, calls of a closed list."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.api.models.flights import ChecklistBody
from amr_fleet.api_process import codec
from amr_fleet.api_process.calls import LONGEST, EngineCall
from amr_fleet.api_process.frames import HEAD, QUESTION, LinkGoneError, patient, receive, send
from amr_fleet.demo_trial import demo_record
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.flight_requests import StartFlight
from amr_fleet.listener import listen, shown
from amr_fleet.ports import OrderRequest, Request, ZoneRequest
from amr_fleet.requests import REQUESTS, CreateOrder, ImportOrders, NoteEvidence, SetZone
from amr_fleet.trial_requests import ReportBreach, SaveTrial

SITE = load_site("lab")
WISH = OrderRequest(pick_place="D1", drop_place="A1", reference="Đơn 1", deadline=0.1 + 0.2)


# --- the codec


NOT_OF_THE_API = {NoteEvidence, NoteEscalation, ReportBreach}
# A trial's record is a model with patterns: hypothesis cannot build one, the sample of the demo stands for it.
DRAWN = sorted(REQUESTS - {SaveTrial} - NOT_OF_THE_API, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.__name__)
def test_every_request_of_the_list_comes_back_as_it_was(kind: type[Request[Any]]) -> None:
    @settings(max_examples=5, deadline=None, database=None)
    @given(st.data())
    def again(data: st.DataObject) -> None:
        request = data.draw(st.from_type(kind))
        try:
            said = codec.dumps(codec.encode(request))
        except AmrError:  # a number that is none
            return
        assert codec.decode(codec.loads(said)) == request

    again()


def test_a_trial_comes_back_as_it_was() -> None:
    request = SaveTrial(record=demo_record(SITE, ["amr_01"], 1.7e9), user="u", role="engineer", utc=1.7e9)
    assert codec.decode(codec.loads(codec.dumps(codec.encode(request)))) == request


def test_a_start_by_a_program_that_knows_no_light_crosses() -> None:
    """It has to be told flight.light_unknown: "request.invalid" says nobody what is missing."""
    body = ChecklistBody(pilot="A", licence="instrument", wind=1.0, rain=False, cleared=True)
    request = StartFlight(flight_id="F000001", checklist=body.checklist(), user="u")
    assert codec.decode(codec.loads(codec.dumps(codec.encode(request)))) == request


def test_numbers_and_words_are_kept_exactly() -> None:
    zone = ZoneRequest(zone_id="Z", kind="slow", polygon=((0.1, -0.0), (1e-9, 3.0), (2.0, 2.0)), max_speed=1 / 3)
    for request in (CreateOrder(order=WISH), SetZone(zone=zone), ImportOrders(orders=(WISH, WISH), user="u")):
        assert codec.decode(codec.loads(codec.dumps(codec.encode(request)))) == request


@pytest.mark.parametrize(
    "said",
    [
        None, [], "x", {}, {"kind": "CreateOrder"}, {"kind": "Popen", "body": {}}, {"kind": "UserRequest", "body": {}},
        {"kind": "CreateOrder", "body": None}, {"kind": "CreateOrder", "body": {"order": {"pick_place": 1}}},
        {"kind": "SetPaused", "body": {"pause": "perhaps"}}, {"kind": ["x"], "body": {}},
        {"kind": "SetPaused", "body": {"pause": True}, "more": 1},
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(said: object) -> None:
    with pytest.raises(AmrError, match=r"request\.invalid"):
        codec.decode(said)


@pytest.mark.parametrize("kind", sorted(NOT_OF_THE_API, key=str), ids=lambda kind: kind.__name__)
def test_what_only_the_engine_s_process_says_is_refused_from_the_api(kind: type[Request[Any]]) -> None:
    """A sensor's reading, a breach of a permit and a message about an alarm are no words of a browser."""
    bodies = {
        NoteEvidence: {"order_id": "", "load_id": "L", "kind": "code", "value": "L", "valid": True},
        NoteEscalation: {"alarms": ["A1"], "step": 1, "channel": "mail", "person": "Lan"},
        ReportBreach: {"trial_id": "TN-1", "breach": {"rule": "serial", "robot": "amr_99", "x": 1.0, "y": 2.0}},
    }
    request: Request[Any] = TypeAdapter(kind).validate_python(bodies[kind])
    with pytest.raises(AmrError, match=r"request\.invalid"):
        codec.encode(request)
    with pytest.raises(AmrError, match=r"request\.invalid"):
        codec.decode({"kind": kind.__name__, "body": bodies[kind]})


class Homemade(Request[None]):
    """Not on the list."""


def test_a_request_that_is_not_on_the_list_is_not_sent() -> None:
    with pytest.raises(AmrError, match=r"request\.invalid"):
        codec.encode(Homemade())


@pytest.mark.parametrize(
    "content",
    [b"", b"[" * 100_000, b"NaN", b"[1]", b'{"a": Infinity}', b"\xff", b"{", b'{"a": 1e999}', b'{"a": [-1e999]}',
     b'{"a": "\\ud800"}', b'{"\\udfff": 1}'],
)  # fmt: skip
def test_rubbish_is_no_json_object(content: bytes) -> None:
    with pytest.raises(AmrError, match=r"request\.invalid"):
        codec.loads(content)


# --- the frames


def test_frames_have_bounds() -> None:
    here, there = socket.socketpair()
    with here, there:
        send(here, QUESTION, b"abc")
        assert receive(there) == (QUESTION, b"abc")
        here.sendall(HEAD.pack(QUESTION, 2**31))
        with pytest.raises(LinkGoneError):
            receive(there)
        here.close()
        with pytest.raises(LinkGoneError):
            receive(there)


def test_a_side_that_takes_nothing_is_given_up() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(LinkGoneError):
        send(patient(here, 1), QUESTION, b"x" * 2**24)


# --- the calls


@pytest.mark.parametrize(
    "given", [None, {}, "a", [], ["a"], ["a", 1, 2], [1, "a"], ["a", True], ["a", 1.5], ["a" * (LONGEST + 1), 1]]
)
def test_a_call_takes_its_arguments_and_no_others(given: object) -> None:
    call = EngineCall(lambda *said: said, (str, int | None))
    assert call(["a", 3]) == ("a", 3)
    assert call(["a" * LONGEST, None]) == ("a" * LONGEST, None)
    with pytest.raises(AmrError, match=r"request\.invalid"):
        call(given)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"token": "1", "call": "ask", "with": []}', b'{"token": true, "call": "x", "with": 1}',
     b'{"token": 1, "call": 2, "with": []}', b'{"token": 1, "call": "x"}', b"\x80\x04."],
)  # fmt: skip
def test_who_asks_what_is_no_question_is_no_api(content: bytes) -> None:
    assert codec.question(b'{"token": 1, "call": "x", "with": [2]}') == (1, "x", [2])
    with pytest.raises(LinkGoneError):
        codec.question(content)


# --- the listener


def test_a_port_that_is_taken_is_said_at_once() -> None:
    one = listen("127.0.0.1", 0)
    with one:
        port = one.getsockname()[1]
        assert shown("0.0.0.0", one) == f"http://127.0.0.1:{port}"
        with pytest.raises(AmrError, match=r"run\.port_taken"):
            listen("127.0.0.1", port)
