"""The dashboard's own TLS: files that are wrong are named at the start, renewed ones are used without a restart."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from websockets.sync.client import connect
from websockets.typing import Origin

from amr_bringup.enrol import enrol
from amr_bringup.nodes.health import check
from amr_core.errors import AmrError
from amr_core.identity.authority import SiteAuthority, common_name, save
from amr_fleet.api import server
from amr_fleet.api.own_tls import LOOK_S, OwnTls
from amr_fleet.api.users import UserStore
from amr_fleet.neighbours.foxglove_front import role_at
from tests.api.api_support import PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.tls_versions import speaks


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and two certificates that it has issued for this computer."""
    folder = tmp_path_factory.mktemp("tls")
    authority, _ = SiteAuthority.made(folder)
    for name in ("one", "two"):
        save(folder, name, authority.issue(name, ["127.0.0.1"], server=True))
    return folder


@pytest.fixture
def files(keys: Path, tmp_path: Path) -> tuple[Path, Path]:
    return put(keys, tmp_path, "one", "one")


def put(keys: Path, folder: Path, certificate: str, key: str) -> tuple[Path, Path]:
    """Copy a certificate and a key to where the dashboard's are."""
    pair = folder / "dashboard.crt", folder / "dashboard.key"
    for source, target in zip((f"{certificate}.crt", f"{key}.key"), pair, strict=True):
        part = target.with_suffix(".part")
        shutil.copy(keys / source, part)
        part.replace(target)
    return pair


@pytest.fixture
def tls(files: tuple[Path, Path]) -> OwnTls:
    return OwnTls(*files)


@pytest.fixture
def url(tls: OwnTls, users: UserStore, fleet: FakeFleet) -> Iterator[str]:
    handle = server.start(fleet, small_site(4), port_number=0, users=users, tls=tls)
    yield handle.url
    handle.stop()


def test_pages_and_the_live_feed_come_over_tls_alone(url: str, keys: Path, tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=str(keys / "ca.crt"))
    assert url.startswith("https://127.0.0.1:")
    body = json.dumps({"user": "operator", "password": PASSWORD}).encode()
    request = urllib.request.Request(f"{url}/api/v1/login", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20.0, context=trust) as answer:
        cookie = str(answer.headers["Set-Cookie"])
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in cookie, "nobody need say secure_cookies"
    headers = {"Cookie": cookie.partition(";")[0]}
    place = url.replace("https", "wss") + "/api/v1/live"
    with connect(place, ssl=trust, additional_headers=headers, origin=Origin(url)) as feed:
        assert feed.recv(timeout=20.0)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{url}/ready", timeout=20.0)
    with pytest.raises(OSError):  # noqa: PT011 it hangs up in one way or another
        urllib.request.urlopen(url.replace("https", "http") + "/ready", timeout=20.0)
    # A robot's computer trusts its site's authority where it has that, and no stranger.
    for authority, answer in (
        ("", "CERTIFICATE_VERIFY_FAILED"), (str(keys / "ca.crt"), r"enrol\.off"), (__file__, r"enrol\.server")
    ):  # fmt: skip
        if authority:
            shutil.copy(authority, tmp_path / "ca.crt")
        with pytest.raises(AmrError, match=answer):
            enrol(url, "0000-0000-0000-0000-0000", tmp_path)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_nothing_older_than_tls_1_2_is_spoken(url: str, version: ssl.TLSVersion) -> None:
    port = int(url.rpartition(":")[2])
    assert speaks("127.0.0.1", port, version) is (version >= ssl.TLSVersion.TLSv1_2)


def test_what_asks_on_the_same_computer_trusts_that_certificate_alone(
    url: str, keys: Path, files: tuple[Path, Path]
) -> None:
    own, other = str(files[0]), str(keys / "two.crt")
    local = url.replace("127.0.0.1", "localhost")  # a name that does not stand in it
    assert role_at(local, "unknown", own) == ""
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        role_at(url, "unknown", other)
    port = int(url.rpartition(":")[2])
    assert check("site", {"AMR_PORT": str(port), "AMR_DASHBOARD_CERTIFICATE": own})
    wrong = ("", other, str(keys / "gone.crt"))
    assert not any(check("site", {"AMR_PORT": str(port), "AMR_DASHBOARD_CERTIFICATE": file}) for file in wrong)


def shown(url: str, keys: Path) -> str:
    """Return the name on the certificate that a new connection is shown."""
    trust = ssl.create_default_context(cafile=str(keys / "ca.crt"))
    host, port = url.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), 20.0) as line,
        trust.wrap_socket(line, server_hostname=host) as own,
    ):
        return common_name(x509.load_der_x509_certificate(own.getpeercert(binary_form=True) or b""))


def test_a_renewed_certificate_is_used_and_half_a_pair_is_not(
    url: str, tls: OwnTls, keys: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, now = tls.look, 1e9
    monkeypatch.setattr(tls, "look", lambda _now: None)  # the server's own thread would look by its clock
    look(now)
    assert shown(url, keys) == "one"
    put(keys, tmp_path, "two", "one")
    with caplog.at_level(logging.ERROR):
        look(now + LOOK_S + 1.0)
    assert "the key is of another certificate" in caplog.text
    assert shown(url, keys) == "one"
    put(keys, tmp_path, "two", "two")
    look(now + LOOK_S + 2.0)
    assert shown(url, keys) == "one", "not before it is time to look"
    look(now + 2.0 * LOOK_S + 2.0)
    assert shown(url, keys) == "two"


@pytest.mark.parametrize("wrong", ["no certificate", "no key", "another's key", "rubbish", "empty", "a password"])
def test_files_that_are_wrong_are_named_at_the_start(
    keys: Path, files: tuple[Path, Path], tmp_path: Path, wrong: str
) -> None:
    certificate, key = files
    if wrong.startswith("no "):
        (certificate if wrong == "no certificate" else key).unlink()
    elif wrong == "another's key":
        put(keys, tmp_path, "one", "two")
    elif wrong == "a password":
        own = serialization.load_pem_private_key(key.read_bytes(), None)
        locked = serialization.BestAvailableEncryption(b"word")
        key.write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    else:
        certificate.write_bytes(b"" if wrong == "empty" else b"\x00\xff-----BEGIN")
    with pytest.raises(AmrError, match=r"run\.bad_option.*dashboard_certificate") as caught:
        OwnTls(certificate, key)
    assert str(key) in str(caught.value)
