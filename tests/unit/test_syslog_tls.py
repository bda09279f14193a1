"""Log servers over TLS, their addresses, and the test by hand."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.identity import authority
from amr_fleet.syslog.desk import PAUSES, send_test
from amr_fleet.syslog.line import open_line
from amr_fleet.syslog.settings import SyslogReceiver
from tests.syslog_server import log_server
from tests.unit.syslog_rig import PLAIN, Rig, entry, free_port
from tests.waiting import until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Rig(tmp_path)) as made:
        yield made


@dataclass
class Papers:
    folder: Path
    server: ssl.SSLContext

    @property
    def ca(self) -> str:
        return str(self.folder / "ca.crt")


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    folder = tmp_path / "papers"
    site, _ = authority.SiteAuthority.made(folder)
    authority.save(folder, "server", site.issue("server", ["127.0.0.1"], server=True))
    authority.save(folder, "client", site.issue("fleet"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    return Papers(folder, context)


def tls(papers: Papers, port: int, **more: Any) -> dict[str, Any]:
    shows = {"certificate": str(papers.folder / "client.crt"), "key": str(papers.folder / "client.key")}
    return {"name": "port", "host": "127.0.0.1", "port": port, "ca_file": papers.ca, **shows, **more}


def test_over_tls_both_sides_show_who_they_are(rig: Rig, papers: Papers) -> None:
    with log_server(tls=papers.server) as there:
        rig.open(tls(papers, there.port))
        rig.journal.append([entry(i) for i in range(1, 50)])
        assert rig.pass_() == 49
        assert until(lambda: there.numbers() == list(range(1, 50)))
        assert rig.pass_() == 0, "what the server says (tickets of TLS) is thrown away"
        assert rig.desk.standings()[0].connected


@pytest.mark.parametrize("how", ["another authority", "another name", "no certificate"])
def test_nothing_is_said_to_who_is_not_the_server(rig: Rig, papers: Papers, tmp_path: Path, how: str) -> None:
    with log_server(tls=papers.server) as there:
        one = tls(papers, there.port)
        if how == "another authority":
            authority.SiteAuthority.made(tmp_path / "other")
            one["ca_file"] = str(tmp_path / "other" / "ca.crt")
        elif how == "another name":
            one["host"] = "localhost"
        else:
            one["certificate"] = one["key"] = ""
        rig.open(one)
        rig.journal.append([entry(1)])
        assert until(lambda: rig.pass_(PAUSES[-1]) >= 0 and bool(rig.desk.standings()[0].reason))
        assert there.came == []


@pytest.mark.parametrize(
    ("host", "reason"), [("127.0.0.1", "this computer"), ("10.0.0.5", "networks"), ("169.254.169.254", "never")]
)
def test_an_address_that_is_not_the_sites_is_not_called(host: str, reason: str) -> None:
    receiver = SyslogReceiver.model_validate(PLAIN | {"host": host, "port": 9})
    with pytest.raises(AmrError) as raised:
        send_test(receiver, "lan", loopback=False)
    assert raised.value.code == "syslog.failed"
    assert reason in str(raised.value.facts["reason"])


def test_a_name_that_leads_elsewhere_is_not_called() -> None:
    receiver = SyslogReceiver.model_validate(PLAIN | {"host": "log.example", "networks": ["10.20.0.0/16"]})
    with pytest.raises(AmrError, match=r"webhook\.address"):
        open_line(receiver, loopback=True, lookup=lambda _host, _port: ["10.20.0.7", "192.168.1.1"])


def test_the_command_says_what_is_wrong_and_sends_a_test(tmp_path: Path) -> None:
    path = tmp_path / "syslog.yaml"

    def run(verb: str, *receivers: dict[str, Any]) -> tuple[int, str]:
        path.write_text(json.dumps({"receivers": list(receivers), "loopback": True}))
        done = CliRunner().invoke(app, ["syslog", verb, str(path)])
        return done.exit_code, done.output

    with log_server() as there:
        good, away = PLAIN | {"port": there.port}, PLAIN | {"name": "away", "port": free_port()}
        assert run("check", good) == (0, f"port: journal, audit over tcp to 127.0.0.1 port {there.port}\n")
        code, said = run("test", good, away)
        assert (code, "port: a test was sent" in said, "away: [syslog.failed]" in said) == (1, True, True), said
        assert until(lambda: [one.kind for one in there.came] == ["test"])
        assert there.came[0].body["text"] == "a test"
    code, said = run("check", good | {"host": "127.0.0.1", "networks": []}, PLAIN | {"name": "x", "host": "10.9.9.9"})
    assert (code, "x: [webhook.address]" in said) == (1, True), said
