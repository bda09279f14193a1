"""Reports as PDF that the fleet signs: whoever has the file alone is told when a byte of it was changed or added."""

from __future__ import annotations

import base64
import random
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.api_process.serving import EngineParts, signing_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.evidence.signed_pdf import check_pdf, signed_pdf
from amr_fleet.evidence.signing import REPORT_NOTE_SECONDS, Signing
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import FleetPort, OrderRequest
from amr_fleet.report.worker import ReportOrder
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.ledger import key_of
from amr_fleet.store.notes import PrivateKey
from amr_fleet.store.schema import checkpoints

_SITE = load_site("lab")
_ENTRIES = [
    JournalEntry(
        t=21600.0 + t, kind="order_created", order_id=f"T{t:06d}", robot="",
        facts=facts_of(OrderRequest(pick_place="DOCK-01", drop_place="BLK-02")),
    )
    for t in range(20)
]  # fmt: skip


def pages(orders: int) -> bytes:
    """Return the report of a shift with so many orders, unsigned."""
    found = ReportOrder("pdf", 21600.0, 50400.0).make(_ENTRIES[:orders], _SITE)
    assert isinstance(found, bytes)
    return found


_PLAIN = pages(20)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a --state folder with twenty orders."""
    folder = tmp_path_factory.mktemp("state")
    with closing(JournalStore(str(folder / "journal.sqlite3"))) as store:
        store.own(site="lab")
        store.append(_ENTRIES)
    return folder


@pytest.fixture(scope="module")
def made(state: Path) -> tuple[bytes, str]:
    """Return a signed report and the public key."""
    key = key_of(state)
    assert key is not None
    with closing(JournalStore(str(state / "journal.sqlite3"))) as store:
        store.own(site="lab")
        signing = Signing(key, store.tree().note)
    return signed_pdf(_PLAIN, signing, {"site": "lab", "kind": "shift"}), key.public.line()


def wrong(content: bytes, key: str = "") -> str:
    """Return what is told to be wrong."""
    return "\n".join(check.says for check in check_pdf(content, key) if not check.holds)


def verify(file: Path, *more: object) -> Result:
    return CliRunner().invoke(app, ["report", "verify", str(file), *map(str, more)])


def test_a_report_as_it_was_signed_holds_and_programs_still_read_it(made: tuple[bytes, str], tmp_path: Path) -> None:
    content, key = made
    assert content.startswith(_PLAIN)
    assert content.endswith(_PLAIN[_PLAIN.rindex(b"startxref") :]), "it ends as every PDF does"
    assert not wrong(content)
    assert not wrong(content, key)
    assert any("CHƯA đối chiếu" in check.says for check in check_pdf(content)), "its own key proves little"
    shown = [page.extract_text() for page in PdfReader(BytesIO(content), strict=True).pages]
    assert shown == [page.extract_text() for page in PdfReader(BytesIO(_PLAIN)).pages]
    if shutil.which("pdftotext"):
        path = tmp_path / "x.pdf"
        path.write_bytes(content)
        run = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
        assert (bool(run.stdout.strip()), run.stderr) == (True, "")


def test_one_changed_bit_anywhere_is_told(made: tuple[bytes, str]) -> None:
    content, key = made
    rng = random.Random(1)
    places = {*range(60), *range(len(_PLAIN) - 40, len(content)), *rng.sample(range(len(content)), 300)}
    for number, place in enumerate(sorted(places)):
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        assert wrong(bytes(changed), key if number % 2 else ""), f"byte {place} of {len(content)}"


@pytest.mark.parametrize("more", [b"x", b"\n", b"\0", b"\n% signed\n", _PLAIN, b"%%EOF\n"])
def test_what_was_added_is_told(made: tuple[bytes, str], more: bytes) -> None:
    content, key = made
    assert "thêm vào sau chữ ký" in wrong(content + more, key)
    assert wrong(more + content, key)


def test_what_was_cut_off_is_told(made: tuple[bytes, str]) -> None:
    content, key = made
    for size in [*range(len(_PLAIN), len(content)), 0, 5, 1000]:
        assert wrong(content[:size], key), size
    assert "KHÔNG có chữ ký" in wrong(_PLAIN, key)


def test_pages_that_were_put_under_another_ones_signature_are_told(made: tuple[bytes, str], state: Path) -> None:
    content, key = made
    assert "đã bị sửa sau khi ký" in wrong(pages(5) + content[len(_PLAIN) :], key)


def respelt(content: bytes, change: Callable[[list[bytes]], None]) -> bytes:
    """Return a report whose line with the signature is written in another way."""
    line, rest = content[len(_PLAIN) :].split(b"\n", 1)
    parts = line.split(b" ")
    change(parts)
    return _PLAIN + b" ".join(parts) + b"\n" + rest


def test_another_spelling_of_the_same_signature_is_told(made: tuple[bytes, str]) -> None:
    content, key = made

    def loose(parts: list[bytes]) -> None:
        parts[1] = base64.b64encode(base64.b64decode(parts[1]) + b" ")

    def shouted(parts: list[bytes]) -> None:
        name, number, packed = parts[2].split(b"+", 2)
        parts[2] = b"+".join((name, number.upper(), packed))

    assert respelt(content, lambda _: None) == content
    assert wrong(respelt(content, loose), key)
    assert wrong(respelt(content, lambda parts: parts.insert(1, b"")), key)
    louder = respelt(content, shouted)
    assert louder == content or wrong(louder, key)


def test_another_key_is_told(tmp_path: Path, made: tuple[bytes, str]) -> None:
    _, key = made
    other = PrivateKey.load_or_make(tmp_path / "other.key", "amr-fleet")
    forged = signed_pdf(_PLAIN, Signing(other), {"site": "lab", "kind": "shift"})
    assert not wrong(forged), "in itself it is right"
    assert "KHÁC" in wrong(forged, key)


def test_a_fleet_without_a_key_gives_the_pages_as_they_are() -> None:
    assert signed_pdf(_PLAIN, None, {}) == _PLAIN


def test_the_command_says_whole_changed_foreign_and_unsigned(
    made: tuple[bytes, str], state: Path, tmp_path: Path
) -> None:
    content, key = made
    good, bad, bare = tmp_path / "ca.pdf", tmp_path / "sua.pdf", tmp_path / "tran.pdf"
    good.write_bytes(content)
    bad.write_bytes(content + b"\n")
    bare.write_bytes(_PLAIN)
    alone = verify(good)
    assert (alone.exit_code, "nguyên vẹn, nhưng CHƯA biết ai ký" in alone.output) == (0, True), alone.output
    known = verify(good, "--key", key)
    assert (known.exit_code, "KẾT LUẬN: báo cáo nguyên vẹn." in known.output) == (0, True), known.output
    beside = verify(good, "--journal", state)
    assert beside.exit_code == 0, beside.output
    assert "Khóa ký đúng là khóa đã cho" in beside.output
    assert "là của nhật ký này" in beside.output
    changed = verify(bad, "--key", key)
    assert (changed.exit_code, "KHÔNG đáng tin" in changed.output) == (1, True)
    foreign = verify(good, "--key", PrivateKey.load_or_make(tmp_path / "o.key", "amr-fleet").public.line())
    assert (foreign.exit_code, "KHÁC" in foreign.output) == (1, True)
    unsigned = verify(bare, "--key", key)
    assert (unsigned.exit_code, "KHÔNG có chữ ký" in unsigned.output) == (1, True), unsigned.output


def test_a_checkpoint_of_another_journal_is_told(made: tuple[bytes, str], state: Path, tmp_path: Path) -> None:
    content, key = made
    with closing(JournalStore(str(tmp_path / "journal.sqlite3"))) as store:
        store.own(site="lab")
        store.append(_ENTRIES[:7])
    (tmp_path / "ca.pdf").write_bytes(content)
    told = verify(tmp_path / "ca.pdf", "--journal", tmp_path, "--key", key)
    assert told.exit_code == 1
    assert "Nhật ký không phải nhật ký đã ký" in told.output


def test_reports_of_a_fleet_that_works_on_carry_the_last_checkpoint_while_it_is_young(tmp_path: Path) -> None:
    """Whoever may read reports must not fill the database with checkpoints."""
    database = tmp_path / "journal.sqlite3"
    notes, kept = [], select(func.count()).select_from(checkpoints)
    with closing(JournalStore(str(database))) as store, closing(UserStore(tmp_path / "users.sqlite3")) as users:
        store.own(site="lab")
        parts = EngineParts(fleet=cast(FleetPort, None), journal=store)
        for entry in _ENTRIES:
            store.append([entry])
            signing = signing_of(users, parts, REPORT_NOTE_SECONDS)
            assert signing is not None
            notes.append(signing.note)
        with closing(Database(database)) as own, own.begin() as connection:
            assert connection.execute(kept).scalar_one() == len(set(notes)) == 1
            connection.execute(update(checkpoints).values(at=checkpoints.c.at - REPORT_NOTE_SECONDS))
        signing = signing_of(users, parts, REPORT_NOTE_SECONDS)
        assert signing is not None
        assert signing.note not in notes, "it is 15 min old"
        with closing(Database(database)) as own, own.begin() as connection:
            assert connection.execute(kept).scalar_one() == 2
            connection.execute(update(checkpoints).values(at=checkpoints.c.at + 2 * REPORT_NOTE_SECONDS))
        store.append(_ENTRIES[:1])
        later = signing_of(users, parts, REPORT_NOTE_SECONDS)
        assert later is not None
        assert later.note != signing.note, "it is of a time to come: the clock was set back"
        store.append(_ENTRIES[:1])
        now = signing_of(users, parts, 0.0)
        assert now is not None
        assert now.note == store.tree().note, "an incident has the checkpoint of its moment"


def test_a_report_without_a_checkpoint_says_that_no_journal_was_asked(
    made: tuple[bytes, str], state: Path, tmp_path: Path
) -> None:
    key = key_of(state)
    assert key is not None
    (tmp_path / "ca.pdf").write_bytes(signed_pdf(_PLAIN, Signing(key), {"site": "lab", "kind": "shift"}))
    (tmp_path / "sau.pdf").write_bytes(made[0])
    words = "không có điểm kiểm tra, CHƯA đối chiếu với nhật ký"
    for more in ((), ("--journal", state)):
        told = verify(tmp_path / "ca.pdf", *more)
        assert (told.exit_code, words in told.output) == (0, True), told.output
        assert "của nhật ký này" not in told.output
        assert words not in verify(tmp_path / "sau.pdf", *more).output
