"""A key in a token (SoftHSM, which Debian has) signs a PDF as one in a file does, and what is wrong with it is told."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from reportlab.pdfgen.canvas import Canvas
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.signing import person_seal
from amr_core.errors import AmrError
from amr_fleet.dossier import pades, token
from tests.unit.test_pades import DAY, NOW, person, poppler

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so")
MODULE = next((path for path in MODULES if Path(path).exists()), "")
PIN = "704518"
AT = NOW.timestamp()
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make one token for each way in which keys and certificates lie there."""
    if not MODULE or shutil.which("softhsm2-util") is None:
        why = "softhsm2 is absent (apt: softhsm2)"
        pytest.fail(why) if os.environ.get("AMR_NEED_SOFTHSM") == "1" else pytest.skip(why)
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(conf))
        good, old = own(folder, NOW - DAY, NOW + 300 * DAY), own(folder, NOW - 90 * DAY, NOW - 9 * DAY)
        curve = own(folder, NOW - DAY, NOW + DAY, ec.generate_private_key(ec.SECP256R1()))
        other = own(folder, NOW - DAY, NOW + DAY, rsa.generate_private_key(65537, 2048))
        coming = own(folder, NOW + 290 * DAY, NOW + 900 * DAY)
        contents = {
            "an": [good], "curve": [curve], "old": [old], "renewed": [old, good, coming], "two keys": [good, curve],
            "stranger": [(good[0], other[1])], "kind": [(good[0], curve[1])], "bare": [(good[0], b"")], "empty": [],
        }  # fmt: skip
        for label in contents:
            words = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678"]
            subprocess.run(words, check=True, capture_output=True)
        for label, pairs in contents.items():
            fill(label, pairs)
        yield


def own(folder: Path, begin: Any, end: Any, key: Key | None = None) -> tuple[Key, bytes]:
    """Return a person's key and certificate (DER)."""
    path, _ = person(folder, begin, end, key=key)
    found, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), "mật khẩu".encode())
    assert isinstance(found, Key)
    assert certificate is not None
    return found, certificate.public_bytes(serialization.Encoding.DER)


def fill(label: str, pairs: list[tuple[Key, bytes]]) -> None:
    """Put keys with their certificates into a token; a key that is there already gets one more certificate."""
    from pkcs11 import Attribute, lib
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    ids: dict[int, bytes] = {}
    found = next(iter(lib(MODULE).get_tokens(token_label=label)))
    with found.open(user_pin=PIN, rw=True) as session:
        for key, certificate in pairs:
            known = key.private_numbers().public_numbers.__hash__()
            if known not in ids:
                ids[known] = bytes([len(ids) + 1])
                private = serialization.PrivateFormat.TraditionalOpenSSL
                der = key.private_bytes(serialization.Encoding.DER, private, serialization.NoEncryption())
                decode = decode_rsa_private_key if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key
                session.create_object({
                    **decode(der), Attribute.TOKEN: True, Attribute.PRIVATE: True, Attribute.SIGN: True,
                    Attribute.ID: ids[known], Attribute.LABEL: f"khóa {len(ids)}",
                })  # fmt: skip
            if certificate:
                about = {Attribute.TOKEN: True, Attribute.ID: ids[known], Attribute.LABEL: "chứng thư"}
                session.create_object({**decode_x509_certificate(certificate), **about})


def uri(label: str, more: str = "") -> str:
    return f"pkcs11:token={label}{more}?module-path={MODULE}"


def a_pdf() -> bytes:
    file = io.BytesIO()
    page = Canvas(file)
    page.drawString(72, 720, "BAO CAO")
    page.save()
    return file.getvalue()


@pytest.mark.usefixtures("tokens")
@pytest.mark.parametrize(
    "name",
    [
        uri("an"),
        uri("an", ";type=private;object=kh%C3%B3a%201"),
        uri("two%20keys", ";id=%02"),
        uri("curve"),
        uri("renewed"),
    ],
)
def test_a_key_in_a_token_signs_and_others_judge_it_valid(name: str, tmp_path: Path) -> None:
    plain = a_pdf()
    signed = pades.token_sealer(name, PIN, AT)(plain)
    assert signed.startswith(plain)
    (found,) = pades.signatures(signed)
    assert (found.signer, found.intact, found.whole, found.expired()) == ("Nguyễn An", True, True, False)
    if shutil.which("pdfsig") is not None:
        assert "Signature is Valid" in poppler(signed, tmp_path)


@pytest.mark.usefixtures("tokens")
@pytest.mark.parametrize(
    ("name", "pin", "reason"),
    [
        (uri("an"), "704519", "refuses the PIN"),
        (uri("an"), "", "PIN is empty"),
        (uri("an"), "1", "refuses the PIN"),
        (uri("AN"), PIN, "no such token"),
        (uri("an", ";serial=00"), PIN, "no such token"),
        (f"pkcs11:?module-path={MODULE}", PIN, "9 tokens"),
        (uri("an", ";object=khac"), PIN, "no such private key"),
        (uri("an", ";id=%09"), PIN, "no such private key"),
        (uri("two%20keys"), PIN, "2 private keys"),
        (uri("empty"), PIN, "no such private key"),
        (uri("bare"), PIN, "no certificate"),
        (uri("old"), PIN, "has expired on"),
        (uri("kind"), PIN, "not that of the key"),
    ],
)  # fmt: skip
def test_what_a_token_does_not_have_or_refuses_is_told(name: str, pin: str, reason: str) -> None:
    with pytest.raises(AmrError, match=re.escape(reason)) as caught:
        pades.token_sealer(name, pin, AT)
    assert caught.value.code == "evidence.bad_key"
    assert PIN not in str(caught.value)
    pades.token_sealer(uri("an"), PIN, AT)  # the next one finds nobody logged in


@pytest.mark.usefixtures("tokens")
def test_a_certificate_of_another_key_signs_nothing() -> None:
    seal = pades.token_sealer(uri("stranger"), PIN, AT)
    with pytest.raises(AmrError, match="not that of the key") as caught:
        seal(a_pdf())
    assert caught.value.code == "evidence.bad_key"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "module-path"),
        ("token=an", "module-path"),
        ("token=an?module-path=libsofthsm2.so", "absolute"),
        ("token=an?module-path=/nowhere.so", "absolute"),
        ("token=an;token=an?module-path=HERE", "twice"),
        ("token?module-path=HERE", "no value"),
        ("colour=red?module-path=HERE", "'colour'"),
        ("token=an?module-path=HERE&pin-value=704518", "--passphrase-file"),
        ("token=an;pin-source=x?module-path=HERE", "--passphrase-file"),
        ("token=%ff?module-path=HERE", "UTF-8"),
        ("token=%0?module-path=HERE", "percent"),
        ("token=%00?module-path=HERE", "percent"),
        ("type=public?module-path=HERE", "private"),
        ("token=" + "a" * 2000 + "?module-path=HERE", "LABEL"),
    ],
)
def test_a_uri_that_names_no_key_is_refused(text: str, reason: str) -> None:
    with pytest.raises(AmrError, match=re.escape(reason)) as caught:
        token.token_key("pkcs11:" + text.replace("HERE", str(Path(__file__))))
    assert caught.value.code == "evidence.bad_key"
    assert PIN not in str(caught.value)


def test_a_library_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(b"rubbish")
    with pytest.raises(AmrError, match=r"does not work as a PKCS#11 library"):
        pades.token_sealer(f"pkcs11:token=an?module-path={tmp_path / 'x.so'}", PIN, AT)


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pkcs11", None)
    with pytest.raises(AmrError, match="make setup-sign"):
        pades.token_sealer(f"pkcs11:token=an?module-path={__file__}", PIN, AT)


@pytest.mark.usefixtures("tokens")
def test_the_option_of_commands_takes_either(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(f"{PIN}\r\n", encoding="ascii")
    (found,) = pades.signatures(person_seal(uri("an"), tmp_path / "pin")(a_pdf()))
    assert found.intact
    (tmp_path / "word").write_text("mật khẩu\n", encoding="utf-8")
    path, _ = person(tmp_path, NOW - DAY, NOW + DAY)
    (found,) = pades.signatures(person_seal(str(path), tmp_path / "word")(a_pdf()))
    assert found.intact


def test_nobody_is_asked_for_the_pin_of_a_key_that_is_not_named() -> None:
    done = CliRunner().invoke(app, ["report", "sign", "x.pdf", "y.pdf", "--signer", "pkcs11:token=an"])
    assert done.exit_code != 0
    assert "module-path" in str(done.exception) + done.output
    assert "PIN" not in done.output
