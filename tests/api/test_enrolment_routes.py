"""A robot's computer enrols with a code, renews its certificate, is revoked; who has no right to it does not."""

from __future__ import annotations

import asyncio
import base64
import functools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from amr_core.errors import AmrError
from amr_core.identity.authority import SiteAuthority, common_name, new_key, request_for
from amr_core.identity.codes import proof, read_code
from amr_core.site import site_dir
from amr_fleet.enrolment import CODE_S, EnrolmentDesk, desk_of
from tests.api.api_support import Connect
from tests.api.enrolment_desk import ROBOTS, Clock

_PEM = serialization.Encoding.PEM


Test = Callable[..., Coroutine[Any, Any, None]]


def awaited(test: Test) -> Callable[..., None]:
    """Run a test in a loop of its own."""

    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(test(**fixtures))

    return run


def body_for(code: str) -> tuple[dict[str, str], ec.EllipticCurvePrivateKey]:
    number, secret = read_code(code)
    key = new_key()
    request = request_for("anything", key)
    return {"number": number, "request": request.decode(), "proof": proof(secret, "request", request)}, key


async def code_of(connect: Connect, robot: str = "amr_01") -> str:
    async with connect("admin") as http:
        answer = await http.post(f"/api/v1/enrolments/{robot}")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["text"])


async def state_of(connect: Connect, robot: str) -> dict[str, Any]:
    async with connect("engineer") as http:
        rows = (await http.get("/api/v1/enrolments")).json()["robots"]
    return next(row for row in rows if row["robot"] == robot)


def revoked(keys: Path, certificate: x509.Certificate) -> bool:
    found = x509.load_pem_x509_crl((keys / "revoked.crl").read_bytes())
    return found.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


@awaited
async def test_a_new_computer_gets_certificate_name_and_site_files(connect: Connect, desk: EnrolmentDesk) -> None:
    code = await code_of(connect)
    assert (await state_of(connect, "amr_01")) == {"robot": "amr_01", "state": "none", "until": 0.0, "waiting": True}
    body, key = body_for(code)
    async with connect() as http:
        answer = (await http.post("/api/v1/enrol", json=body)).json()
    certificate = x509.load_pem_x509_certificate(answer["certificate"].encode())
    assert (answer["robot"], common_name(certificate), answer["broker"]) == ("amr_01", "amr_01", "broker.site:8883")
    assert certificate.public_key() == key.public_key()
    assert (await state_of(connect, "amr_01"))["state"] == "valid"
    assert desk.rows()[0].waiting is False


@awaited
async def test_a_code_is_good_for_one_computer(connect: Connect, desk: EnrolmentDesk) -> None:
    body, _ = body_for(await code_of(connect))
    async with connect() as http:
        assert (await http.post("/api/v1/enrol", json=body)).status_code == 200
        again = await http.post("/api/v1/enrol", json=body)
    assert (again.status_code, again.json()["code"]) == (403, "enrol.code")


@awaited
async def test_a_code_ends_after_a_while_and_when_there_is_a_newer_one(
    connect: Connect, desk: EnrolmentDesk, clock: Clock
) -> None:
    first, _ = body_for(await code_of(connect))
    second, _ = body_for(await code_of(connect))
    async with connect() as http:
        assert (await http.post("/api/v1/enrol", json=first)).json()["code"] == "enrol.code"
        clock.now += CODE_S + 1.0
        assert (await http.post("/api/v1/enrol", json=second)).json()["code"] == "enrol.code"


@awaited
async def test_five_wrong_guesses_use_a_code_up(connect: Connect, desk: EnrolmentDesk) -> None:
    body, _ = body_for(await code_of(connect))
    async with connect() as http:
        for _ in range(5):
            wrong = await http.post("/api/v1/enrol", json={**body, "proof": "0" * 64})
            assert wrong.json()["code"] == "enrol.code"
        assert (await http.post("/api/v1/enrol", json=body)).status_code == 403


@awaited
async def test_a_request_that_was_changed_on_the_way_is_refused(connect: Connect, desk: EnrolmentDesk) -> None:
    body, _ = body_for(await code_of(connect))
    other, _ = body_for("0000-0000-0000-0000-0000")
    async with connect() as http:
        assert (await http.post("/api/v1/enrol", json={**body, "request": other["request"]})).status_code == 403


@awaited
async def test_a_bad_request_with_the_right_code_revokes_nothing(
    connect: Connect, keys: Path, desk: EnrolmentDesk
) -> None:
    number, secret = read_code(await code_of(connect, "amr_02"))
    old = x509.load_pem_x509_certificate((keys / "robot-amr_02.crt").read_bytes())
    body = {"number": number, "request": "rubbish", "proof": proof(secret, "request", b"rubbish")}
    async with connect() as http:
        assert (await http.post("/api/v1/enrol", json=body)).json()["code"] == "enrol.request"
    assert not revoked(keys, old)
    assert (await state_of(connect, "amr_02"))["waiting"]


@awaited
async def test_enrolling_again_revokes_what_the_computer_before_had(
    connect: Connect, keys: Path, desk: EnrolmentDesk
) -> None:
    old = x509.load_pem_x509_certificate((keys / "robot-amr_02.crt").read_bytes())
    body, _ = body_for(await code_of(connect, "amr_02"))
    async with connect() as http:
        await http.post("/api/v1/enrol", json=body)
    assert revoked(keys, old)
    assert (await state_of(connect, "amr_02"))["state"] == "valid"


def renewal(certificate: bytes, key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    request = request_for("anything", new_key())
    signature = key.sign(request, ec.ECDSA(hashes.SHA256()))
    return {
        "certificate": certificate.decode(), "request": request.decode(),
        "signature": base64.b64encode(signature).decode(),
    }  # fmt: skip


@awaited
async def test_a_certificate_is_renewed_by_its_own_key_and_stays_valid(
    connect: Connect, keys: Path, desk: EnrolmentDesk, clock: Clock
) -> None:
    key = new_key()
    old = desk.enrol(*_answer_to(desk.offer("amr_01").text, key))
    clock.now += 700 * 86400.0
    assert (await state_of(connect, "amr_01"))["state"] == "ends"
    async with connect() as http:
        answer = await http.post("/api/v1/enrol/renew", json=renewal(old.certificate, key))
    fresh = x509.load_pem_x509_certificate(answer.json()["certificate"].encode())
    assert common_name(fresh) == "amr_01"
    assert not revoked(keys, x509.load_pem_x509_certificate(old.certificate))


def _answer_to(code: str, key: ec.EllipticCurvePrivateKey) -> tuple[str, bytes, str]:
    number, secret = read_code(code)
    request = request_for("anything", key)
    return number, request, proof(secret, "request", request)


@awaited
async def test_who_does_not_have_the_key_renews_nothing(connect: Connect, desk: EnrolmentDesk, clock: Clock) -> None:
    key = new_key()
    old = desk.enrol(*_answer_to(desk.offer("amr_01").text, key)).certificate
    strange = SiteAuthority.made(Path(str(desk._folder)).parent / "strange")[0]
    foreign = strange.issue("amr_01")
    cases = {
        "another key": renewal(old, new_key()),
        "another authority": renewal(foreign.certificate.public_bytes(_PEM), foreign.key),
        "rubbish": {**renewal(old, key), "certificate": "rubbish"},
        "the fleet's": renewal((desk._folder / "amr-fleet.crt").read_bytes(), key),
    }
    async with connect() as http:
        for name, body in cases.items():
            answer = await http.post("/api/v1/enrol/renew", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "enrol.certificate"), name
        clock.now += 900 * 86400.0
        late = await http.post("/api/v1/enrol/renew", json=renewal(old, key))
    assert late.json()["code"] == "enrol.certificate"


@awaited
async def test_a_lost_robot_gets_nowhere_and_the_others_stay(connect: Connect, keys: Path, desk: EnrolmentDesk) -> None:
    key = new_key()
    lost = desk.enrol(*_answer_to(desk.offer("amr_01").text, key)).certificate
    async with connect("admin") as http:
        assert (await http.post("/api/v1/enrolments/amr_01/revoke")).status_code == 200
    assert revoked(keys, x509.load_pem_x509_certificate(lost))
    assert not revoked(keys, x509.load_pem_x509_certificate((keys / "robot-amr_02.crt").read_bytes()))
    async with connect() as http:
        assert (await http.post("/api/v1/enrol/renew", json=renewal(lost, key))).json()["code"] == "enrol.certificate"
    assert (await state_of(connect, "amr_01"))["state"] == "revoked"
    async with connect("admin") as http:
        again = await http.post("/api/v1/enrolments/amr_99/revoke")
    assert again.json()["code"] == "robot.not_found"


@awaited
async def test_a_restart_forgets_codes_and_nothing_else(connect: Connect, keys: Path, desk: EnrolmentDesk) -> None:
    lost = desk.enrol(*_answer_to(desk.offer("amr_01").text, new_key())).certificate
    desk.revoke("amr_01")
    code = desk.offer("amr_02").text
    second = desk_of(str(keys), list(ROBOTS), "lab", "broker.site:8883")
    assert second is not None
    assert [row.state for row in second.rows()] == ["revoked", "valid"]
    with pytest.raises(AmrError, match=r"enrol\.code"):
        second.enrol(*_answer_to(code, new_key()))
    second.revoke("amr_02")
    assert revoked(keys, x509.load_pem_x509_certificate(lost))
    (keys / "enrolled.json").write_text("{")
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        desk_of(str(keys), list(ROBOTS), "lab", "")


@awaited
async def test_a_book_that_is_older_than_the_list_brings_no_revoked_robot_back(
    connect: Connect, keys: Path, desk: EnrolmentDesk
) -> None:
    """The list is written first. Killed between the two, or with a book from a backup, the next list lacked a robot."""
    key = new_key()
    lost = desk.enrol(*_answer_to(desk.offer("amr_01").text, key)).certificate
    book = (keys / "enrolled.json").read_bytes()
    desk.revoke("amr_01")
    for found in (book, None):
        (keys / "enrolled.json").unlink()
        if found is not None:
            (keys / "enrolled.json").write_bytes(found)
        again = desk_of(str(keys), list(ROBOTS), "lab", "")
        assert again is not None
        again.enrol(*_answer_to(again.offer("amr_02").text, new_key()))
        assert revoked(keys, x509.load_pem_x509_certificate(lost))
        request = request_for("anything", new_key())
        with pytest.raises(AmrError, match="it is revoked"):
            again.renew(lost, request, key.sign(request, ec.ECDSA(hashes.SHA256())))
    (keys / "revoked.crl").write_text("rubbish")
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        desk_of(str(keys), list(ROBOTS), "lab", "")


@awaited
async def test_site_files_that_cannot_be_packed_cost_neither_code_nor_certificate(
    connect: Connect, keys: Path, desk: EnrolmentDesk, tmp_path: Path
) -> None:
    old = x509.load_pem_x509_certificate((keys / "robot-amr_02.crt").read_bytes())
    desk._site_folder = tmp_path / "elsewhere"
    body, _ = body_for(await code_of(connect, "amr_02"))
    async with connect() as http:
        answer = await http.post("/api/v1/enrol", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "site.archive")
        assert not revoked(keys, old)
        assert (await state_of(connect, "amr_02")) | {"until": 0.0} == {
            "robot": "amr_02", "state": "valid", "until": 0.0, "waiting": True,
        }  # fmt: skip
        desk._site_folder = site_dir("lab")
        assert (await http.post("/api/v1/enrol", json=body)).status_code == 200


@awaited
async def test_a_code_alone_is_revoked_too(connect: Connect, desk: EnrolmentDesk) -> None:
    """It was thrown away, and the answer said that there was nothing to revoke."""
    body, _ = body_for(await code_of(connect))
    async with connect("admin") as http:
        assert (await http.post("/api/v1/enrolments/amr_01/revoke")).status_code == 200
        assert (await http.post("/api/v1/enrol", json=body)).json()["code"] == "enrol.code"
        assert (await http.post("/api/v1/enrolments/amr_01/revoke")).json()["code"] == "enrol.none"


@awaited
async def test_a_robot_that_never_had_a_certificate_cannot_be_revoked(connect: Connect, desk: EnrolmentDesk) -> None:
    async with connect("admin") as http:
        answer = await http.post("/api/v1/enrolments/amr_01/revoke")
    assert (answer.status_code, answer.json()["code"]) == (404, "enrol.none")


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer"])
@awaited
async def test_only_an_administrator_makes_codes(connect: Connect, desk: EnrolmentDesk, role: str) -> None:
    async with connect(role) as http:
        assert (await http.post("/api/v1/enrolments/amr_01")).status_code == 403
        assert (await http.post("/api/v1/enrolments/amr_01/revoke")).status_code == 403


@awaited
async def test_a_server_that_enrols_nobody_says_so(connect: Connect) -> None:
    async with connect("admin") as http:
        assert (await http.get("/api/v1/enrolments")).json() == {"on": False, "robots": []}
        for path, body in (("enrolments/amr_01", None), ("enrolments/amr_01/revoke", None)):
            assert (await http.post(f"/api/v1/{path}", json=body)).json()["code"] == "enrol.off"
    assert desk_of("", ["amr_01"], "lab", "") is None


@pytest.mark.parametrize(
    "body", [{}, {"number": "ABCD"}, {"number": "abc", "request": "x", "proof": "0" * 64},
             {"number": "ABCD", "request": "\0", "proof": "0" * 64}, {"number": "ABCD", "request": "x", "proof": "zz"}],
)  # fmt: skip
@awaited
async def test_rubbish_is_refused(connect: Connect, desk: EnrolmentDesk, body: dict[str, str]) -> None:
    async with connect() as http:
        assert (await http.post("/api/v1/enrol", json=body)).status_code == 422
        assert (await http.post("/api/v1/enrol/renew", json={**body, "signature": "*"})).status_code == 422


# The robot's side -----------------------------------------------------------------------------------------------------
