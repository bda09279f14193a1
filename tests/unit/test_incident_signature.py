"""The file of an incident: signed with the key of the records; whatever is changed in it afterwards is told."""

from __future__ import annotations

import random
import zipfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.site import load_site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.evidence.archive import zipped
from amr_fleet.evidence.signing import Signing
from amr_fleet.ops import Ops
from amr_fleet.replay.incident import ATTESTATION
from amr_fleet.replay.incident_check import check_incident
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.ledger import key_of
from amr_fleet.store.notes import PrivateKey

_SITE = load_site("lab")
_ENTRIES = [
    JournalEntry(t=float(t), kind="order_created", order_id=f"T{t:06d}", robot="", facts={"reference": f"PX-{t}"})
    for t in range(20)
]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a --state folder with twenty orders, one every second."""
    folder = tmp_path_factory.mktemp("state")
    with closing(JournalStore(str(folder / "journal.sqlite3"))) as store:
        store.own(site="lab")
        store.append(_ENTRIES)
    return folder


def incident_of(state: Path) -> tuple[bytes, str]:
    """Return the file of seconds 5 to 12, as the dashboard gives it, and the public key."""
    key = key_of(state)
    assert key is not None
    with closing(JournalStore(str(state / "journal.sqlite3"))) as store:
        store.own(site="lab")
        ops = Ops(site=_SITE, read_journal=store.read, signing=lambda _: Signing(key, store.tree().note))
        return ops.incident(5.0, 12.0), key.public.line()


@pytest.fixture(scope="module")
def made(state: Path) -> tuple[bytes, str]:
    return incident_of(state)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def said(content: bytes, key: str = "") -> str:
    """Return what is told to be wrong."""
    return "\n".join(check.says for check in check_incident(content, key) if not check.holds)


def test_a_file_as_it_was_made_holds(made: tuple[bytes, str]) -> None:
    content, key = made
    assert not said(content, key)
    assert any("CHƯA đối chiếu" in check.says for check in check_incident(content)), "its own key proves little"


def test_one_changed_bit_anywhere_is_told(made: tuple[bytes, str]) -> None:
    content, key = made
    rng, places = random.Random(1), range(len(content))
    ends = [*range(60), *range(len(content) - 600, len(content), 3)]  # a head of the zip, its list of files
    for number, place in enumerate({*ends, *rng.sample(places, 100)}):
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        assert said(bytes(changed), key if number % 2 else ""), f"byte {place}"


@pytest.mark.parametrize("how", ["cut", "longer", "before", "empty", "text"])
def test_what_is_no_such_file_is_told(made: tuple[bytes, str], how: str) -> None:
    content, key = made
    other = {"cut": content[:-5], "longer": content + b"x", "before": b"x" + content, "empty": b"", "text": b"PK"}[how]
    assert said(other, key)


def test_each_part_that_was_changed_is_named(made: tuple[bytes, str]) -> None:
    content, key = made
    files = unpacked(content)
    for name in files:
        assert name in said(zipped(files | {name: files[name] + b" "}), key)
        assert name in said(zipped({n: c for n, c in files.items() if n != name}), key)
    assert "thêm vào" in said(zipped(files | {"anh.jpg": b"x"}), key)


def test_another_key_or_none_is_told(made: tuple[bytes, str], tmp_path: Path) -> None:
    _, key = made
    other = PrivateKey.load_or_make(tmp_path / "other.key", "amr-fleet")
    forged = Ops(site=_SITE, read_journal=lambda: _ENTRIES[6:], signing=lambda _: Signing(other)).incident(5.0, 12.0)
    assert not said(forged), "in itself it is right"
    assert "KHÁC" in said(forged, key)
    bare = Ops(site=_SITE, read_journal=lambda: _ENTRIES).incident(5.0, 12.0)
    assert ATTESTATION not in unpacked(bare)
    assert "KHÔNG được ký" in said(bare)


def test_the_command_compares_with_the_journal(made: tuple[bytes, str], state: Path, tmp_path: Path) -> None:
    content, key = made
    good, left_out = tmp_path / "su-co.zip", tmp_path / "other.zip"
    good.write_bytes(content)
    run = CliRunner().invoke(app, ["incident", "verify", str(good), "--key", key, "--journal", str(state)])
    assert run.exit_code == 0, run.output
    assert "8 dòng giống nhật ký" in run.output
    assert "là của nhật ký này" in run.output
    own = key_of(state)
    assert own is not None
    fewer = [e for e in _ENTRIES if e.t != 7.0]  # who holds the key can sign what was not so: the journal tells
    ops = Ops(site=_SITE, read_journal=lambda: fewer, signing=lambda _: Signing(own))
    left_out.write_bytes(ops.incident(5.0, 12.0))
    run = CliRunner().invoke(app, ["incident", "verify", str(left_out), "--journal", str(state)])
    assert run.exit_code == 1
    assert "thiếu 1 dòng" in run.output
    run = CliRunner().invoke(app, ["incident", "verify", str(tmp_path / "none.zip")])
    assert run.exit_code != 0
