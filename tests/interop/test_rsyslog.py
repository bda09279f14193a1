"""The log server that most Linux machines have reads what we send: rsyslog, over TLS that shows who both sides are."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.syslog_rig import Rig, entry
from tests.unit.test_syslog_tls import Papers, papers, rig, tls

__all__ = ["papers", "rig"]
RSYSLOGD = shutil.which("rsyslogd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
GNUTLS = any(Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so"))
CONFIGURATION = """
global(workDirectory="{folder}" defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{papers}/ca.crt"
       defaultNetstreamDriverCertFile="{papers}/server.crt" defaultNetstreamDriverKeyFile="{papers}/server.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.Authmode="x509/name"
       PermittedPeer=["fleet"])
template(name="fields" type="string"
         string="%protocol-version% %app-name% %msgid% %syslogfacility-text% %syslogseverity-text% %msg%\\n")
ruleset(name="all") {{ action(type="omfile" file="{folder}/heard" template="fields") }}
input(type="imtcp" port="{port}" ruleset="all")
"""

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture(autouse=True)
def _there() -> None:
    if RSYSLOGD is None or not GNUTLS:
        if os.environ.get("AMR_NEED_RSYSLOG") == "1":
            pytest.fail("AMR_NEED_RSYSLOG=1, but there is no rsyslogd with gnutls")
        pytest.skip("needs rsyslogd: apt install rsyslog rsyslog-gnutls")


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30.0
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def rsyslog(folder: Path, papers: Papers, port: int) -> Iterator[None]:
    """Run the server until the block ends: by signal 9, as a machine that loses its power."""
    file = folder / "rsyslog.conf"
    file.write_text(CONFIGURATION.format(folder=folder, papers=papers.folder, port=port), encoding="utf-8")
    call = [str(RSYSLOGD), "-n", "-f", str(file), "-i", "NONE"]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _answers(port))
            yield
        finally:
            process.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def heard(folder: Path) -> list[tuple[list[str], dict[str, Any]]]:
    """Return what it wrote down: the fields that it found in each message, and the body."""
    file = folder / "heard"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    split = [line.split(" ", 5) for line in lines]
    return [(fields, json.loads(body)) for *fields, body in split]


def test_rsyslog_reads_each_message_and_misses_none_over_its_own_end(rig: Rig, papers: Papers, tmp_path: Path) -> None:
    port = _free_port()
    rig.open(tls(papers, port))
    rig.journal.append([entry(i) for i in range(1, 51)])
    with rsyslog(tmp_path, papers, port):
        assert rig.pass_() == 50
        until(lambda: len(heard(tmp_path)) == 50)
    for fields, body in heard(tmp_path):
        assert fields[:2] == ["1", "amr-fleet"]
        assert fields[2] == body["kind"]
        assert (fields[3], body["source"]) == ("local0", "journal")
    rig.journal.append([entry(i) for i in range(51, 101)])
    rig.pass_()
    rig.pass_()  # the first may still have found room in the buffers of a line that nobody reads
    with rsyslog(tmp_path, papers, port):
        for _ in range(5):
            rig.pass_(60.0)
        until(lambda: {body["seq"] for _, body in heard(tmp_path)} == set(range(1, 101)))
