"""A person's signature on a dossier's PDF, judged by pdfsig, and by `amr sandbox verify` in Vietnamese."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.dossier import build, pades
from amr_fleet.dossier.verify import verify
from amr_fleet.evidence.check import Check
from tests.unit import test_sandbox_dossier as dossiers
from tests.unit.test_sandbox_dossier import amr, signed_again

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
needs_poppler = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is absent")
Made = tuple[Path, bytes]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
state = dossiers.state
"""A --state folder with a trial that ran: a fixture."""
_KEY = rsa.generate_private_key(65537, 2048)


def person(folder: Path, begin: datetime, end: datetime, word: str = "mật khẩu", key: PrivateKey | None = None) -> Made:
    """Return a PKCS#12 file of a person, and the PEM certificate of the authority that issued it."""
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA thử")])
    who = x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, "Nguyễn An"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Cảng"),
    ])  # fmt: skip
    usage = {
        "digital_signature": True, "content_commitment": True, "key_encipherment": False, "data_encipherment": False,
        "key_agreement": False, "key_cert_sign": False, "crl_sign": False, "encipher_only": False,
        "decipher_only": False,
    }  # fmt: skip
    own = _KEY if key is None else key
    issuer = ec.generate_private_key(ec.SECP256R1())

    def made(subject: x509.Name, key: PrivateKey, ca: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(authority).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{**usage, "key_cert_sign": ca}), critical=True)
        )  # fmt: skip
        return builder.sign(issuer, hashes.SHA256())

    path = folder / "an.p12"
    lock = serialization.BestAvailableEncryption(word.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"an", own, made(who, own, False), None, lock))
    return path, made(authority, issuer, True).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def an(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return person(tmp_path_factory.mktemp("an"), NOW - DAY, NOW + 300 * DAY)


@pytest.fixture(scope="module")
def signed(state: Path, an: Made, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a dossier whose PDF a person signed."""
    out = tmp_path_factory.mktemp("out") / "hs"
    at = NOW.timestamp()
    seal = pades.sealer(an[0], "mật khẩu", at)
    return build.write(str(state / "journal.sqlite3"), out, load_site("lab"), now=at, seal=seal)


def told(files: dict[str, bytes], authorities: bytes | None = None) -> list[Check]:
    """Return what is said of the person's signature."""
    return [c for c in verify(files, authorities=authorities) if "PDF" in c.says or "hứng thư" in c.says]


def poppler(pdf: bytes, folder: Path) -> str:
    (folder / "x.pdf").write_bytes(pdf)
    return subprocess.run(["pdfsig", "-nocert", folder / "x.pdf"], capture_output=True, text=True, check=False).stdout


def test_the_signature_holds_and_says_whose_it_is(signed: dict[str, bytes], an: Made) -> None:
    assert all(c.holds for c in verify(signed))
    (good, unknown) = told(signed)
    assert "Nguyễn An" in good.says
    assert "CHƯA" in unknown.says
    assert "CA thử" in unknown.says
    (good, issued) = told(signed, an[1])
    assert issued.holds
    assert "CA thử" in issued.says


def test_only_the_signature_was_added_to_the_pdf(signed: dict[str, bytes], an: Made, state: Path) -> None:
    plain = build.write(str(state / "journal.sqlite3"), state / "plain", load_site("lab"), now=NOW.timestamp())
    assert signed["ho-so.pdf"].startswith(plain["ho-so.pdf"])
    same = {n for n in plain if plain[n] == signed[n]}
    assert plain.keys() - same == {"ho-so.pdf", "ro-crate-metadata.json", build.ATTESTATION}
    (nobody,) = told(plain)
    assert nobody.holds
    assert "chưa có chữ ký" in nobody.says
    (nobody,) = told(plain, an[1])
    assert not nobody.holds, "who names authorities wants a signature"


@needs_poppler
def test_pdfsig_judges_the_same(signed: dict[str, bytes], tmp_path: Path) -> None:
    pdf = signed["ho-so.pdf"]
    found = poppler(pdf, tmp_path)
    assert "Signature is Valid" in found
    assert "ETSI.CAdES.detached" in found
    assert "Total document signed" in found
    changed = bytearray(pdf)
    changed[len(pdf) // 3] ^= 1
    assert "Digest Mismatch" in poppler(bytes(changed), tmp_path)


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_one_flipped_byte_is_found_even_when_all_is_attested_again(
    signed: dict[str, bytes],
    state: Path,
    place: float,
) -> None:
    pdf = bytearray(signed["ho-so.pdf"])
    pdf[int(len(pdf) * place)] ^= 1
    files = signed_again(signed, state, **{"ho-so.pdf": bytes(pdf)})
    wrong = [c for c in told(files) if not c.holds]
    assert [c.files for c in wrong] == [("ho-so.pdf",)]


def test_what_was_appended_after_the_signature_is_found(signed: dict[str, bytes], state: Path) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed["ho-so.pdf"]))
    writer.root["/X"] = writer.root["/Type"]
    writer.update_root()  # type: ignore[no-untyped-call]
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    files = signed_again(signed, state, **{"ho-so.pdf": out.getvalue()})
    (wrong,) = [c for c in told(files) if not c.holds]
    assert "Nguyễn An" in wrong.says


@pytest.mark.parametrize("kind", ["adbe.pkcs7.detached", "ETSI.CAdES.detache#64"])
def test_a_signature_of_another_program_or_written_in_another_way_is_judged_too(
    signed: dict[str, bytes], an: Made, state: Path, kind: str
) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    plain = signed["ho-so.pdf"][: signed["ho-so.pdf"].index(b"%%EOF") + 6]
    about = signers.PdfSignatureMetadata(
        field_name="S", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    )
    signer = pades._signer(an[0], "mật khẩu")
    pdf = signers.PdfSigner(about, signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(plain))).getvalue()
    if kind != "adbe.pkcs7.detached":
        pdf = signed["ho-so.pdf"].replace(b"/ETSI.CAdES.detached", f"/{kind}".encode())
    good = [c.holds for c in told(signed_again(signed, state, **{"ho-so.pdf": pdf}), an[1])]
    assert good == ([True, True] if kind == "adbe.pkcs7.detached" else [False]), "a byte longer: not as it was signed"
    changed = bytearray(pdf)
    changed[len(plain) // 2] ^= 1
    assert not all(c.holds for c in told(signed_again(signed, state, **{"ho-so.pdf": bytes(changed)})))


def test_a_certificate_without_an_end_is_told_as_well(signed: dict[str, bytes], state: Path, tmp_path: Path) -> None:
    path, authority = person(tmp_path, NOW - DAY, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    plain = signed["ho-so.pdf"][: signed["ho-so.pdf"].index(b"%%EOF") + 6]
    sealed = pades.seal(plain, pades._signer(path, "mật khẩu"))
    found = told(signed_again(signed, state, **{"ho-so.pdf": sealed}), authority)
    assert [c.holds for c in found] == [True, True]


def test_a_key_that_had_expired_is_found_and_signs_nothing(
    signed: dict[str, bytes],
    state: Path,
    tmp_path: Path,
) -> None:
    path, _ = person(tmp_path, NOW - 300 * DAY, NOW - DAY)
    with pytest.raises(AmrError, match="expired on") as caught:
        pades.sealer(path, "mật khẩu", NOW.timestamp())
    assert caught.value.code == "evidence.bad_key"
    with pytest.raises(AmrError, match="not valid before"):
        pades.sealer(path, "mật khẩu", (NOW - 400 * DAY).timestamp())
    plain = signed["ho-so.pdf"][: signed["ho-so.pdf"].index(b"%%EOF") + 6]
    sealed = pades.seal(plain, pades._signer(path, "mật khẩu"))
    wrong = [c for c in told(signed_again(signed, state, **{"ho-so.pdf": sealed})) if not c.holds]
    assert [("HẾT HẠN" in c.says, c.files) for c in wrong] == [(True, ("ho-so.pdf",))]


def test_an_authority_that_did_not_issue_the_certificate_is_told(signed: dict[str, bytes], tmp_path: Path) -> None:
    _, other = person(tmp_path, NOW - DAY, NOW + DAY)
    (wrong,) = [c for c in told(signed, other) if not c.holds]
    assert "CA thử" in wrong.says
    for rubbish in (b"rubbish", b""):
        with pytest.raises(AmrError) as caught:
            verify(signed, authorities=rubbish)
        assert caught.value.code == "evidence.bad_key"


@pytest.mark.parametrize(
    ("content", "word", "reason"),
    [
        (b"", "x", "PKCS#12"),
        (b"rubbish" * 99, "x", "PKCS#12"),
        (None, "x", "No such file"),
        (b"0" * 2**21, "x", "1 MiB"),
    ],
)
def test_a_key_file_that_is_none_is_refused(content: bytes | None, word: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.p12"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AmrError, match=re.escape(reason)) as caught:
        pades.sealer(path, word, NOW.timestamp())
    assert caught.value.code == "evidence.bad_key"


def test_a_wrong_passphrase_is_refused_and_nothing_is_written(state: Path, an: Made, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("sai\n", encoding="utf-8")
    out = tmp_path / "hs"
    arguments = ("dossier", state, out, "--site", "lab", "--signer", an[0], "--passphrase-file", tmp_path / "word")
    result = amr(*arguments)
    assert result.exit_code != 0
    assert "passphrase" in str(result.exception) + result.output
    assert not out.exists()


def test_by_the_commands(state: Path, an: Made, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("mật khẩu\n", encoding="utf-8")
    (tmp_path / "ca.pem").write_bytes(an[1])
    out = tmp_path / "hs.zip"
    made = amr(
        "dossier", state, out, "--site", "lab", "--signer", an[0], "--passphrase-file", tmp_path / "word"
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    found = amr("verify", out, "--authorities", tmp_path / "ca.pem")
    assert found.exit_code == 0, found.output
    assert "Nguyễn An" in found.output


def test_without_pyhanko_it_is_said_that_nobody_looked(
    signed: dict[str, bytes], an: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyhanko.sign", None)
    (unchecked,) = told(signed)
    assert unchecked.holds
    assert "CHƯA kiểm" in unchecked.says
    assert not told(signed, an[1])[0].holds
    with pytest.raises(AmrError, match="make setup-sign"):
        pades.sealer(an[0], "mật khẩu", NOW.timestamp())
