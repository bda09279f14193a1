"""A person's signature on a periodic report: made with it or later, told by `amr report verify`, judged by pdfsig."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_bringup.periodic_report import sign_file
from amr_core.errors import AmrError
from amr_fleet.dossier import pades
from tests.periodic_journal import month_journal, stored
from tests.unit.test_pades import DAY, NOW, Made, needs_poppler, person, poppler
from tests.unit.test_report_cli import call, code, made

WORD = "mật khẩu"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("state"), month_journal())


@pytest.fixture(scope="module")
def an(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A person's key, its password in `word`, the certificate of who issued it in `ca.pem`."""
    folder = tmp_path_factory.mktemp("an")
    found = person(folder, NOW - DAY, NOW + 300 * DAY)
    (folder / "word").write_text(f"{WORD}\n", encoding="utf-8")
    (folder / "ca.pem").write_bytes(found[1])
    return found


def options(an: Made) -> tuple[object, ...]:
    return ("--signer", an[0], "--passphrase-file", an[0].with_name("word"))


@pytest.fixture(scope="module")
def plain(journal: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return made(journal, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def signed(journal: Path, an: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(journal, tmp_path_factory.mktemp("signed"), "2027-01", *options(an))[".pdf"]


def test_a_signed_report_holds_and_says_who_signed_it(journal: Path, signed: Path, an: Made) -> None:
    result = call("verify", signed, "--journal", journal)
    assert result.exit_code == 0, result.output
    assert "Nguyễn An ký ngày" in result.output
    assert "CHƯA đối chiếu" in result.output
    result = call("verify", signed, "--journal", journal, "--authorities", an[0].with_name("ca.pem"))
    assert result.exit_code == 0, result.output
    assert "do đúng nơi đã nêu cấp (CA thử)" in result.output


def test_only_the_signature_was_added(signed: Path, plain: dict[str, Path], an: Made, tmp_path: Path) -> None:
    assert signed.read_bytes().startswith(plain[".pdf"].read_bytes())
    out = tmp_path / "signed.pdf"
    result = call("sign", plain[".pdf"], out, *options(an))
    assert result.exit_code == 0, (result.output, result.exception)
    assert out.read_bytes().startswith(plain[".pdf"].read_bytes())
    assert [one.signer for one in pades.signatures(out.read_bytes())] == ["Nguyễn An"]


@needs_poppler
def test_pdfsig_judges_the_same(signed: Path, tmp_path: Path) -> None:
    pdf = bytearray(signed.read_bytes())
    assert "Signature is Valid" in poppler(bytes(pdf), tmp_path)
    pdf[len(pdf) // 3] ^= 1
    assert "Digest Mismatch" in poppler(bytes(pdf), tmp_path)


def test_one_flipped_bit_is_told(journal: Path, signed: Path, tmp_path: Path) -> None:
    pdf = bytearray(signed.read_bytes())
    pdf[pdf.rindex(b"%%EOF") - 200] ^= 1
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf)
    result = call("verify", path, "--journal", journal)
    assert result.exit_code == 1
    assert "SAI  Chữ ký của người" in result.output or "KHÔNG KIỂM ĐƯỢC" in result.output


def test_an_expired_certificate_is_told_and_signs_nothing(
    journal: Path, plain: dict[str, Path], tmp_path: Path
) -> None:
    path, _ = person(tmp_path, NOW - 300 * DAY, NOW - DAY)
    (tmp_path / "word").write_text(WORD, encoding="utf-8")
    words = ("--signer", path, "--passphrase-file", tmp_path / "word")
    out = tmp_path / "out"
    where = ("--period", "2027-01", "--journal", journal, "--out", out)
    assert code("periodic", *where, *words) == "evidence.bad_key"
    assert code("sign", plain[".pdf"], out, *words) == "evidence.bad_key"
    assert not out.exists(), "nothing half-written"
    late = tmp_path / "late.pdf"
    late.write_bytes(pades.seal(plain[".pdf"].read_bytes(), pades._signer(path, WORD)))
    result = call("verify", late, "--journal", journal)
    assert result.exit_code == 1
    assert "HẾT HẠN" in result.output


def test_who_names_authorities_wants_a_signature_of_theirs(
    journal: Path, plain: dict[str, Path], signed: Path, an: Made, tmp_path: Path
) -> None:
    authorities = ("--authorities", an[0].with_name("ca.pem"))
    for file, said in ((plain[".pdf"], "chưa có chữ ký"), (plain[".docx"], "chỉ bản PDF")):
        assert call("verify", file, "--journal", journal).exit_code == 0
        result = call("verify", file, "--journal", journal, *authorities)
        assert (result.exit_code, said in result.output) == (1, True), result.output
    (tmp_path / "other.pem").write_bytes(person(tmp_path, NOW - DAY, NOW + DAY)[1])
    result = call("verify", signed, "--journal", journal, "--authorities", tmp_path / "other.pem")
    assert (result.exit_code, "KHÔNG do nơi đã nêu cấp" in result.output) == (1, True)
    (tmp_path / "none.pem").write_bytes(b"rubbish")
    assert code("verify", signed, "--journal", journal, "--authorities", tmp_path / "none.pem") == "evidence.bad_key"
    assert code("verify", signed, "--journal", journal, "--authorities", tmp_path / "absent") == "evidence.bad_key"


def test_what_cannot_be_signed_is_refused(
    journal: Path, plain: dict[str, Path], signed: Path, an: Made, tmp_path: Path
) -> None:
    out, words = tmp_path / "x.pdf", options(an)
    for file in (plain[".docx"], plain[".json"], signed, tmp_path / "absent.pdf"):
        assert code("sign", file, out, *words) == "report.not_ours"
    assert not out.exists()
    out.write_bytes(b"mine")
    assert code("sign", plain[".pdf"], out, *words) == "store.not_empty"
    assert out.read_bytes() == b"mine"
    where = ("--period", "2027-01", "--journal", journal, "--out", tmp_path / "out")
    assert code("periodic", *where, "--format", "docx", *words) == "run.bad_option"
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_leaves_no_half_signed_report(
    plain: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("amr_fleet.files_at_once.os.fsync", full)
    with pytest.raises(AmrError) as told:
        sign_file(plain[".pdf"], tmp_path / "x.pdf", lambda pdf: pdf)
    assert told.value.code == "report.not_written"
    assert list(tmp_path.iterdir()) == []
