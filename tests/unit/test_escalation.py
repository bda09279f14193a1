"""Messages about alarms on their way: settings that are wrong, a real mail server, a real gateway, what fails."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from amr_core.errors import AmrError
from amr_fleet.escalation.desk import DELAYS
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.ports import AlarmView, Reason
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.webhooks import delivery
from tests.mail_server import DRIPS, MailServer, mail_server
from tests.unit.escalation_rig import Rig, good, mail_settings, raised


@pytest.fixture
def box() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


def test_an_alarm_that_nobody_takes_is_in_a_mailbox(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised(1), raised(2, code="alarm.order_failed")]
    assert rig.turn(2.9) == 0
    assert rig.turn(0.2) == 1
    (to, mail), *more = box.came
    assert (to, more, str(mail["From"])) == ("lan@port.example", [], "amr@port.example")
    assert str(mail["Subject"]) == "[cai_cui] 2 cảnh báo chưa ai nhận: Dừng khẩn cấp: AMR-03 đơn T00007"
    text = mail.get_content()
    assert "Dừng khẩn cấp: AMR-03 đơn T00007, 3 phút" in text
    assert "Đơn thất bại" in text
    assert rig.turn(5.0) == 0
    assert rig.states() == [("mail", "sent")]


def test_a_step_is_not_lost_when_it_cannot_be_written_down(
    box: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is what alarm.storage is about; the message about it must come when there is room again."""
    settings = mail_settings(box)
    settings["people"].append({"name": "Hùng", "addresses": {"mail": "hung@port.example"}})
    rig = Rig(tmp_path, good(settings))
    rig.fleet.alarms = [raised()]
    add, failing = OutgoingStore.add, ["lan"]

    def full(store: OutgoingStore, target: str, found: Any, seq: int) -> None:
        if failing:
            raise AmrError("store.failed", reason=failing.pop())
        add(store, target, found, seq)

    monkeypatch.setattr(OutgoingStore, "add", full)
    with pytest.raises(AmrError, match=r"store\.failed"):
        rig.turn(4.0)
    assert [d.person for d in rig.desk.deliveries()] == ["Hùng"], "one that cannot be kept costs no other its message"
    assert rig.turn(0.1) == 2
    assert sorted(to for to, _ in box.came) == ["hung@port.example", "lan@port.example"]
    assert rig.turn(5.0) == 0


def test_after_a_restart_nothing_is_said_twice_and_what_waits_is_sent(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised()]
    box.answers["MAIL"] = "451 later"
    rig.turn(4.0)
    rig.desk.close()
    box.answers.clear()
    again = Rig(tmp_path, good(mail_settings(box)), rig.fleet)
    again.now = rig.now
    assert again.turn(0.1) == 1
    assert again.turn(10.0) == 0
    assert len(box.came) == 1


def test_what_was_taken_meanwhile_is_not_sent(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised()]
    box.answers["MAIL"] = "451 later"
    rig.turn(4.0)
    assert rig.states() == [("mail", "waiting")]
    box.answers.clear()
    rig.fleet.alarms = []
    assert rig.turn(5.0) == 0
    assert (rig.states(), box.came) == ([("mail", "moot")], [])
    assert (rig.desk.standings()[0].dead, rig.store.dead(9)) == (0, []), "nobody has to decide about it"
    rig.turn(7 * 24 * 60.0 + 61.0)
    assert rig.states() == []


def test_what_was_taken_meanwhile_is_not_named_among_the_rest(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised(1), raised(2, code="alarm.order_failed")]
    box.answers["MAIL"] = "451 later"
    rig.turn(4.0)
    box.answers.clear()
    del rig.fleet.alarms[0]
    assert rig.turn(5.0) == 1
    ((_, mail),) = box.came
    assert str(mail["Subject"]) == "[cai_cui] 1 cảnh báo chưa ai nhận: Đơn thất bại: AMR-03 đơn T00007"
    assert "Dừng khẩn cấp" not in mail.get_content()


def test_a_clock_that_is_set_back_keeps_no_message_waiting(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised()]
    box.answers["CONNECT"] = "421 away"
    assert rig.turn(4.0) == 0
    assert rig.states() == [("mail", "waiting")]
    box.answers.clear()
    rig.now -= 3 * 3600.0
    assert rig.turn() == 1


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"CONNECT": "554 no"}, "SMTP"), ({"MAIL": "550 spam"}, "SMTP 550 spam"),
        ({"RCPT": "550 unknown"}, "SMTP 550 unknown"),
        ({"DATA": "452 full"}, "SMTP 452 full"), ({"END": "554 no\x07"}, "SMTP 554 no"),
        ({"MAIL": "\x00rubbish"}, "SMTP"),
    ],
)  # fmt: skip
def test_a_server_that_refuses_is_tried_again_and_the_page_says_why(
    box: MailServer, tmp_path: Path, answers: dict[str, str], reason: str
) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised()]
    box.answers |= answers
    rig.turn(4.0)
    (delivery,) = rig.desk.deliveries()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert reason in delivery.reason
    box.answers.clear()
    assert rig.turn(1.0) == 1


@pytest.mark.parametrize(
    ("word", "said", "shown"),
    [
        ("RCPT", "550 5.1.1 <lan@port.example>: user unknown", "SMTP 550 5.1.1 <…>: user unknown"),
        ("RCPT", "550 5.1.1 LAN@Port.Example unknown, see hung@other.example.", "SMTP 550 5.1.1 … unknown, see …"),
        ("RCPT", "550 5.7.514 no mailbox lan here", "SMTP 550 5.7.514 no mailbox … here"),
        ("MAIL", "450 call +84 90-123.4567 or (028) 3812 3456", "SMTP 450 call … or (…"),
        ("DATA", "452 4.3.1 0901234567 full, 100 of 100", "SMTP 452 4.3.1 … full, 100 of 100"),
        ("CONNECT", "554 10.1.2.3 of lan@port.example is blocked", "of … is blocked"),
    ],
)
def test_what_a_server_says_shows_no_address_and_no_number(
    box: MailServer, tmp_path: Path, word: str, said: str, shown: str
) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised()]
    box.answers[word] = said
    rig.turn(4.0)
    told = rig.desk.deliveries()[0].reason + str(rig.log)
    assert shown in told
    assert not any(part in told.lower() for part in ("lan@", "hung@", "4567", "3456"))


def test_a_server_that_never_answers_ends_within_its_time_and_is_given_up_after_an_hour(
    box: MailServer, tmp_path: Path
) -> None:
    settings = mail_settings(box)
    settings["channels"][0]["timeout"] = 1
    rig = Rig(tmp_path, good(settings))
    rig.fleet.alarms = [raised()]
    box.hook = lambda line: time.sleep(3.0) if line.upper().startswith("MAIL") else None
    begin = time.monotonic()
    rig.turn(4.0)
    assert time.monotonic() - begin < 20.0
    assert "within 1 s" in rig.desk.deliveries()[0].reason
    box.hook = None
    box.answers["MAIL"] = "550 no"
    for _ in DELAYS:
        rig.turn(30.0)
    (delivery,) = rig.desk.deliveries()
    assert (delivery.state, delivery.attempts) == ("dead", len(DELAYS) + 1)
    assert any("given up" in said for said in rig.log)


def test_a_mail_cannot_be_made_to_say_more_headers(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    evil = AlarmView(alarm_id="A1", reason=Reason("alarm.e_stop"), robot="x\r\nBcc: a@b.example", order_id="")
    rig.fleet.alarms = [evil]
    assert rig.turn(4.0) == 1
    _, mail = box.came[0]
    assert "Bcc" not in mail
    assert "BCC: A@B.EXAMPLE" in str(mail["Subject"])


def test_a_password_goes_over_tls_only(box: MailServer, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("hush-hush")
    password.chmod(0o600)
    settings = mail_settings(box)
    channel = settings["channels"][0]
    channel |= {"user": "amr", "password_file": str(password)}
    with pytest.raises(ValueError, match="not sent without TLS"):
        good(settings)
    channel |= {"security": "starttls", "plain": False}
    rig = Rig(tmp_path, good(settings))  # the server offers no STARTTLS
    rig.fleet.alarms = [raised()]
    assert rig.turn(4.0) == 0
    assert box.came == []
    assert not any("AUTH" in line for line in box.lines)
    assert "hush" not in str(rig.log) + str(rig.desk.deliveries())


def test_starttls_is_spoken_with_a_server_of_the_sites_own_authority(tmp_path: Path) -> None:
    """And with no other: its certificate must be the host's."""
    own = certificate(tmp_path, "localhost")
    password = tmp_path / "password"
    password.write_text("hush-hush")
    password.chmod(0o600)
    with mail_server(own) as box:
        settings = mail_settings(box)
        channel = settings["channels"][0]
        channel |= {"host": "localhost", "security": "starttls", "plain": False, "ca_file": str(tmp_path / "c.pem")}
        channel |= {"user": "amr", "password_file": str(password)}
        rig = Rig(tmp_path, good(settings))
        rig.fleet.alarms = [raised()]
        assert rig.turn(4.0) == 1, rig.desk.deliveries()
        assert any(line.startswith("AUTH PLAIN") for line in box.lines)
        channel["host"] = "127.0.0.1"  # a name that the certificate does not have
        other = Rig(tmp_path / "other", good(settings))
        other.fleet.alarms = [raised()]
        assert other.turn(4.0) == 0
        assert "SSL" in other.desk.deliveries()[0].reason
        assert len(box.came) == 1


@pytest.mark.parametrize("drips", ["CONNECT", "TLS", "MAIL"])
def test_a_server_that_drips_is_cut_off_in_time(tmp_path: Path, drips: str) -> None:
    """Each byte starts the time limit of a socket anew: the only thread of a channel would be held for ever."""
    with mail_server(certificate(tmp_path, "localhost")) as box:
        box.drips = drips
        settings = mail_settings(box)
        channel = settings["channels"][0]
        channel |= {"host": "localhost", "security": "starttls", "plain": False, "ca_file": str(tmp_path / "c.pem")}
        rig = Rig(tmp_path, good(settings | {"channels": [channel | {"timeout": 1}]}))
        rig.fleet.alarms = [raised()]
        assert rig.turn(4.0) == 0
        assert box.dripped < DRIPS, "it was heard to the end"
        assert "within 1 s" in rig.desk.deliveries()[0].reason


def test_a_limit_of_the_socket_that_ends_first_reads_as_the_limit_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "cut", lambda _sock, _over: None)  # the alarm of a busy computer comes late
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.2)
        with pytest.raises(TimeoutError, match=r"within 0\.2 s"), delivery.time_limit(ours, 0.2):
            ours.recv(1)


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Return a server's side of TLS; its own authority is c.pem in the folder."""
    (folder / "other").mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "c.pem").write_bytes(pem)
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "k.pem").write_bytes(kept)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    return context


def test_the_journal_hears_once_who_is_told_of_what(box: MailServer, tmp_path: Path) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.alarms = [raised(1), raised(2)]
    rig.turn(2.0)
    assert rig.fleet.asked == []
    rig.turn(2.0)
    assert rig.fleet.asked == [NoteEscalation(alarms=("A000001", "A000002"), step=1, channel="mail", person="Lan")]
    rig.turn(9.0)
    assert len(rig.fleet.asked) == 1


@pytest.mark.parametrize(("code", "told"), [("alarm.not_found", False), ("store.failed", True)])
def test_a_message_goes_out_whatever_becomes_of_its_entry(
    box: MailServer, tmp_path: Path, code: str, told: bool
) -> None:
    rig = Rig(tmp_path, good(mail_settings(box)))
    rig.fleet.refuses = AmrError(code)
    rig.fleet.alarms = [raised()]
    assert rig.turn(4.0) == 1
    assert len(box.came) == 1
    assert any("not in the journal" in line for line in rig.log) is told
