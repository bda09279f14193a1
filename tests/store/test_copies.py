"""Back-up, restore, going on after a loss, and proofs for others: what leaves the database is whole or refused."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.merkle import consistency_proof, inclusion_proof, is_consistent, root_by_inclusion
from amr_fleet.store import copies
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from tests.store.ledger_rig import change, entries, refused, written
from tests.store.storage_rig import fill_up, small_disk_at


def test_a_backup_of_a_running_fleet_comes_back_whole_on_either_database(where: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    store = JournalStore(where, state)
    store.own(site="lab")
    store.append(entries(40))
    out = tmp_path / "backup.sqlite3"
    found = copies.backup(where, out, state)
    store.append(entries(5, 40))
    assert (found.size, out.stat().st_mode & 0o777) == (40, 0o600)
    first = store.leader.instance
    assert "lab/amr/journal\n40\n" in (tmp_path / "backup.sqlite3.note").read_text()
    store.close()
    with pytest.raises(AmrError, match=r"store\.not_empty"):
        copies.backup(where, out, state)
    with pytest.raises(AmrError, match=r"store\.not_empty"):
        copies.restore(out, where, "lan", state)
    again = str(tmp_path / "new" / "journal.sqlite3")
    copies.restore(out, again, "lan")
    store = JournalStore(again)
    store.own()
    assert store.leader.instance not in ("", first), "the fleet that the copy is of may still lead the robots"
    assert store.read()[:40] == entries(40)
    (last,) = store.read()[40:]
    assert (last.kind, last.facts["by"], last.facts["size"]) == ("journal_restored", "lan", 40)
    store.append(entries(1, 41))
    store.close()
    assert copies.look(again).faults == []


def signed_backup(where: str, tmp_path: Path) -> Path:
    """Return a backup of 40 entries with a checkpoint of a key in tmp_path / state."""
    store = JournalStore(where, tmp_path / "state")
    store.own(site="lab")
    store.append(entries(40))
    store.close()
    copies.sign(where, tmp_path / "state")
    out = tmp_path / "backup.sqlite3"
    copies.backup(where, out, tmp_path / "state")
    return out


def test_a_restore_that_no_fleet_would_start_on_is_refused_before_it_writes(tmp_path: Path) -> None:
    out = signed_backup(str(tmp_path / "state" / "journal.sqlite3"), tmp_path)
    back = tmp_path / "back"
    again = str(back / "journal.sqlite3")
    with pytest.raises(AmrError, match=r"evidence\.bad_key.*--new-key"):
        copies.restore(out, again, "lan")
    assert not back.exists(), "not even an empty database"
    written(str(tmp_path / "other" / "journal.sqlite3"), tmp_path / "other")
    with pytest.raises(AmrError, match=r"evidence\.bad_key.*has not signed"):
        copies.restore(out, again, "lan", tmp_path / "other")
    assert not back.exists()
    back.mkdir()
    (back / "evidence.key").write_bytes((tmp_path / "state" / "evidence.key").read_bytes())
    copies.restore(out, again, "lan")
    assert copies.look(again).faults == []
    JournalStore(again).own()


def test_a_restore_over_the_records_of_an_older_release_leaves_them_as_they_are(tmp_path: Path) -> None:
    """It was refused, but only once they had the newest schema, which the older release does not read."""
    out = signed_backup(str(tmp_path / "state" / "journal.sqlite3"), tmp_path)
    place = Path(shutil.copytree(tmp_path / "state", tmp_path / "old")) / "journal.sqlite3"
    change(str(place), "UPDATE alembic_version SET version_num = 'older'")
    before = contents(place.parent)
    with pytest.raises(AmrError, match=r"store\.not_empty"):
        copies.restore(out, str(place), "lan")
    assert contents(place.parent)["journal.sqlite3"] == before["journal.sqlite3"]


def test_who_has_lost_the_key_begins_a_new_tree_that_holds_the_last_checkpoint(where: str, tmp_path: Path) -> None:
    out = signed_backup(where, tmp_path)
    again = str(tmp_path / "back" / "journal.sqlite3")
    copies.restore(out, again, "lan", new_key=True)
    assert (copies.look(again).faults, copies.look(again).judged) == ([], True)
    store = JournalStore(again)
    store.own()
    *kept, last = store.read()
    assert kept == entries(40)
    assert (last.kind, last.facts["by"]) == ("journal_restored", "lan")
    assert str(last.facts["last_checkpoint"]).startswith("lab/amr/journal\n40\n")
    store.close()


def test_verify_without_the_key_of_a_postgresql_is_no_success(where: str, tmp_path: Path) -> None:
    """A script that asks every night for the exit code took "not judged" for whole; beside a file lies its key."""
    state = tmp_path / "sub"
    store = JournalStore(where, state)
    store.own(site="lab")
    store.append(entries(3))
    store.close()
    asked = CliRunner().invoke(app, ["journal", "verify", where])
    assert asked.exit_code == (3 if where.startswith("postgresql") else 0), asked.output
    assert ("--evidence FOLDER" in asked.output) == (asked.exit_code == 3)
    asked = CliRunner().invoke(app, ["journal", "verify", where, "--evidence", str(state)])
    assert asked.exit_code == 0, asked.output


def copied_state(tmp_path: Path) -> Path:
    """Return a folder with the files of a database of 40 entries as they lay when its fleet was killed."""
    where = str(tmp_path / "state" / "journal.sqlite3")
    store = JournalStore(where)
    store.own(site="lab")
    store.append(entries(40))
    shutil.copytree(tmp_path / "state", tmp_path / "copied")
    store.close()
    assert (tmp_path / "copied" / "journal.sqlite3-wal").stat().st_size > 0
    return tmp_path / "copied"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_copied_state_folder_comes_back_with_its_write_ahead_log(tmp_path: Path) -> None:
    source = copied_state(tmp_path)
    before = contents(source)
    back = tmp_path / "back"
    back.mkdir()
    (back / "evidence.key").write_bytes(before["evidence.key"])
    found = copies.restore(source / "journal.sqlite3", str(back / "journal.sqlite3"), "lan")
    assert contents(source) == before
    assert found.size == 41, "the restore itself is the last"
    store = JournalStore(str(back / "journal.sqlite3"))
    store.own()
    assert store.read()[:40] == entries(40)
    store.close()
    assert not [path.name for path in back.iterdir() if "restore" in path.name]


def test_a_restore_needs_no_room_in_the_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container that is memory."""
    out = signed_backup(str(tmp_path / "state" / "journal.sqlite3"), tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    copies.restore(out, str(tmp_path / "back" / "journal.sqlite3"), "lan", new_key=True)


def test_a_restore_onto_a_full_disk_names_that_disk_and_leaves_nothing(tmp_path: Path) -> None:
    """It said that the backup cannot be read."""
    written(str(tmp_path / "journal.sqlite3"), tmp_path)
    copies.backup(str(tmp_path / "journal.sqlite3"), tmp_path / "copy.sqlite3")
    with small_disk_at(tmp_path / "disk") as disk:
        shutil.copyfile(tmp_path / "evidence.key", disk / "evidence.key")
        fill_up(disk / "filler")
        with pytest.raises(AmrError, match=r"store\.failed") as refused:
            copies.restore(tmp_path / "copy.sqlite3", str(disk / "journal.sqlite3"), "lan")
        assert f"cannot be copied into {disk}" in refused.value.sentence
        assert {file.name for file in disk.iterdir()} == {"evidence.key", "filler"}


def test_a_database_that_is_written_to_is_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, real = copied_state(tmp_path), shutil.copyfile

    def copyfile(one: Path, other: Path) -> None:
        real(one, other)
        with (source / "journal.sqlite3-wal").open("ab") as log:
            log.write(b"x")

    monkeypatch.setattr(shutil, "copyfile", copyfile)
    with pytest.raises(AmrError, match=r"store\.failed.*amr journal backup"):
        copies.restore(source / "journal.sqlite3", str(tmp_path / "back" / "journal.sqlite3"), "lan", new_key=True)


def test_a_damaged_backup_is_refused(tmp_path: Path) -> None:
    where = str(tmp_path / "state" / "journal.sqlite3")
    written(where, tmp_path / "state")
    out = tmp_path / "backup.sqlite3"
    copies.backup(where, out)
    change(str(out), "UPDATE journal SET robot = 'amr_02' WHERE seq = 3")
    with pytest.raises(AmrError, match=r"store\.damaged.*journal 3"):
        copies.restore(out, str(tmp_path / "new.sqlite3"), "lan")
    with pytest.raises(AmrError, match=r"store\.failed"):
        copies.restore(tmp_path / "none.sqlite3", str(tmp_path / "new.sqlite3"), "lan")


def test_an_engineer_may_go_on_after_a_loss_and_the_loss_stays_written(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    change(where, "DELETE FROM journal WHERE seq > 31")
    error = refused(where, tmp_path)
    assert (error.code, error.facts["lost"]) == ("store.gap", 2)
    found = copies.accept(where, "minh", "power cut on 26 November", tmp_path)
    assert found.lost == 2
    store = JournalStore(where, tmp_path)
    store.own()
    *kept, last = store.read()
    assert kept == entries(31)
    assert (last.kind, last.facts["by"], last.facts["lost"]) == ("journal_accepted", "minh", 2)
    assert "lab/amr/journal\n30\n" in str(last.facts["last_checkpoint"])
    store.append(entries(1, 50))
    store.close()
    found = copies.look(where, tmp_path)
    assert (found.faults, found.origin) == ([], "lab/amr/journal#2")


def test_proofs_over_the_stored_leaves(where: str, tmp_path: Path) -> None:
    written(where, tmp_path)
    database = Database(where)
    with database.begin() as connection:
        leaves = [row[0] for row in connection.execute(text("SELECT digest FROM journal ORDER BY leaf"))]
    database.close()
    found = copies.look(where, tmp_path)
    assert root_by_inclusion(17, 33, leaves[17], inclusion_proof(17, leaves)) == found.root
    from amr_core.merkle import root_of

    assert is_consistent(30, root_of(leaves[:30]), 33, found.root, consistency_proof(30, leaves))


def test_openssl_accepts_what_the_key_signed(tmp_path: Path) -> None:
    where = str(tmp_path / "journal.sqlite3")
    written(where, tmp_path)
    note, line = copies.sign(where)
    text_part, _, signed = note.partition("\n\n")
    name, key_id, packed = line.split("+", 2)
    assert signed.startswith(f"— {name} ")
    raw = base64.b64decode(signed.split()[2])
    assert raw[:4].hex() == key_id
    der = bytes.fromhex("302a300506032b6570032100") + base64.b64decode(packed)[1:]
    (tmp_path / "pub.der").write_bytes(der)
    (tmp_path / "signature").write_bytes(raw[4:])
    for content, code in ((f"{text_part}\n", 0), (f"{text_part} \n", 1)):
        (tmp_path / "text").write_text(content)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub.der", "-keyform", "DER", "-rawin",
             "-in", "text", "-sigfile", "signature"], cwd=tmp_path, capture_output=True,
        )  # fmt: skip
        assert done.returncode == code, done
