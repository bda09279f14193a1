"""The dossier: same bytes from the same journal, and whatever was changed afterwards is named, in Vietnamese."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import rfc8785
import zstandard
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.dossier import build, certificate, parts
from amr_fleet.dossier.chapters import document
from amr_fleet.dossier.pdf import pdf
from amr_fleet.dossier.rows import Leaf, packed, unpacked
from amr_fleet.dossier.verify import read, verify
from amr_fleet.evidence import dsse
from amr_fleet.evidence.archive import zipped
from amr_fleet.evidence.check import Check
from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from amr_fleet.sandbox.book import Breach
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.leaves_export import SignedRecords, records
from amr_fleet.trial_requests import NoteTrial, ReportBreach
from tests.unit.trial_rig import BEGIN, Rig, record

NOW = BEGIN - 10 * 86400.0
DOSSIER = "src/amr_fleet/amr_fleet/dossier"


def amr(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["sandbox", *map(str, arguments)])


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a --state folder with a trial that ran, was breached, and was ended."""
    rig = Rig()
    duty = {"id": "BH", "text": {"vi": "Bảo hiểm"}, "due": "2027-02-01"}
    rig.start(record(control={"reports": "x", "emergency_plan": "x", "duties": [duty]}))
    names = list(rig.engine.world.places)
    rig.ask(CreateOrder(order=OrderRequest(pick_place=names[0], drop_place=names[1])))
    rig.run.run(lambda r: rig.run.done, 600)
    rep = {"t0": BEGIN, "t1": BEGIN + 60, "pass": True}
    card = {"id": "K-1", "title": {"vi": "Dừng"}, "plan": {"R": 0.9, "C": 0.9, "n": 22}}
    rows: list[tuple[Any, Any]] = [
        ("card", {**card, "reps": [{"i": i + 1, **rep} for i in range(22)]}),
        ("condition", {"at": BEGIN, "head": "humidity", "value": 83.0, "unit": "%"}),
        ("proof", {"duty": "BH", "file": "bh.pdf", "sha256": "c" * 64}),
    ]
    for kind, row in rows:
        answer = rig.ask(
            NoteTrial(trial_id="TN-1", kind=kind, row=json.dumps(row), user="an", role="operator", utc=BEGIN)
        )
        assert not isinstance(answer, Exception), answer
    rig.ask(ReportBreach(trial_id="TN-1", breach=Breach(rule="area", robot="amr_01", x=25.0, y=4.0)))
    rig.move("ended")
    rig.move("ended", "so_khcn", "authority")
    folder = tmp_path_factory.mktemp("state")
    store = JournalStore(str(folder / "journal.sqlite3"))
    store.own(site="lab")
    half = len(rig.run.journal) // 2
    store.append(rig.run.journal[:half])
    store.ledger.checkpoint()
    store.append(rig.run.journal[half:])
    store.close()
    return folder


@pytest.fixture(scope="module")
def files(state: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a dossier."""
    out = tmp_path_factory.mktemp("out") / "hs"
    return build.write(str(state / "journal.sqlite3"), out, load_site("lab"), now=NOW)


def wrong(files: dict[str, bytes], key: str = "") -> list[Check]:
    return [c for c in verify(files, key) if not c.holds]


def test_a_dossier_that_nobody_touched_holds_and_has_all_its_parts(files: dict[str, bytes]) -> None:
    assert wrong(files) == []
    assert wrong(files, files["checkpoints/key.pub"].decode()) == []
    assert files.keys() >= {
        "ro-crate-metadata.json", "ho-so.pdf", "dossier.json", "dossier.schema.json", "journal.jsonl.zst",
        "cards/K-1.json", "conditions.csv", "incidents.json", "obstacles.json", "dataset-manifest.json",
        "sbom.cdx.json", "attestations/dossier.dsse.json", "attestations/card-K-1.dsse.json", "VERIFY.vi.md",
        "checkpoints/key.pub", "evidence/TN-1-B001.mcap",
    }  # fmt: skip
    assert sum(name.endswith(".note") for name in files) >= 2


def test_the_same_journal_gives_the_same_bytes(state: Path, files: dict[str, bytes], tmp_path: Path) -> None:
    again = build.write(str(state / "journal.sqlite3"), tmp_path / "hs", load_site("lab"), now=NOW + 3600.0)
    assert again == files
    assert read(tmp_path / "hs") == files
    build.write(str(state / "journal.sqlite3"), tmp_path / "hs.zip", load_site("lab"), now=NOW)
    assert read(tmp_path / "hs.zip") == files
    assert (tmp_path / "hs.zip").read_bytes() == zipped(files)


def test_any_bit_of_any_file_that_was_flipped_is_named(files: dict[str, bytes]) -> None:
    dice = random.Random(20)
    names = sorted(files)
    tries = [names[i % len(names)] for i in range(200)]
    for name in tries:
        content = bytearray(files[name])
        bit = dice.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        found = wrong({**files, name: bytes(content)})
        assert any(name in check.files for check in found), (name, bit, found)


def test_lines_of_the_journal_are_canonical_json() -> None:
    odd = 'a"\\\n\x07\x7f é đơn \u2028 😀'
    values = [0.0, -0.0, 1.0, 1.5, 1e-7, 123456789.125, 1.0e21, 4.0e15, 1 / 3]
    leaves = [Leaf(0, b"\x01" * 32, None)]
    leaves += [
        Leaf(i, bytes([i]) * 32, {"seq": i, "t": t, "kind": odd, "order_id": "", "robot": odd, "payload": '{"a":"b"}'})
        for i, t in enumerate(values, start=1)
    ]
    expected = b"".join(
        rfc8785.dumps({"leaf": x.place, "digest": x.digest.hex(), **({"row": x.row} if x.row else {})}) + b"\n"
        for x in leaves
    )
    assert zstandard.ZstdDecompressor().decompress(packed(leaves)) == expected
    assert unpacked(packed(leaves)) == leaves


def test_files_that_are_gone_or_new_are_named(files: dict[str, bytes]) -> None:
    for name in files:
        found = wrong({n: c for n, c in files.items() if n != name})
        assert any(name in check.files or name in check.says for check in found), name
    for name in ("extra.txt", "checkpoints/²²²²²²²².note"):
        assert (name,) in [c.files for c in wrong({**files, name: b"x"})]


def signed_again(files: dict[str, bytes], state: Path, **changes: bytes) -> dict[str, bytes]:
    """Return a dossier that who holds the key signed once more over changed files."""
    key = records(str(state / "journal.sqlite3")).key
    changed = {**files, **{n.replace("__", "/"): c for n, c in changes.items()}}
    body = {n: c for n, c in changed.items() if n != build.ATTESTATION}
    payload = dsse.statement(body, dsse.DOSSIER_TYPE, {})
    return {**body, build.ATTESTATION: dsse.envelope(payload, key.public.id.hex(), key.sign)}


@pytest.mark.parametrize("how", ["edited", "dropped", "swapped", "added", "hashed"])
def test_a_journal_row_that_was_changed_is_found_even_when_all_is_signed_again(
    files: dict[str, bytes], state: Path, how: str
) -> None:
    leaves = unpacked(files["journal.jsonl.zst"])
    row = leaves[5].row
    assert row is not None
    other = {**row, "payload": row["payload"].replace("{", '{"x": 1, ', 1)}
    if how == "edited":
        leaves[5] = Leaf(5, leaves[5].digest, other)
    elif how == "hashed":
        from amr_fleet.store.leaves import journal_leaf

        leaves[5] = Leaf(5, journal_leaf(other), other)
    elif how == "dropped":
        leaves = [Leaf(i, x.digest, x.row) for i, x in enumerate(leaves[:5] + leaves[6:])]
    elif how == "added":
        leaves = [Leaf(i, x.digest, x.row) for i, x in enumerate([*leaves[:5], leaves[4], *leaves[5:]])]
    else:
        leaves[5], leaves[6] = (Leaf(5, leaves[6].digest, leaves[6].row), Leaf(6, leaves[5].digest, leaves[5].row))
    forged = signed_again(files, state, **{"journal.jsonl.zst": packed(leaves)})
    found = wrong(forged)
    assert found
    assert any("journal.jsonl.zst" in c.files for c in found)
    assert not any("Chữ ký trên toàn hồ sơ" in c.says for c in found)


def test_nothing_is_made_of_a_journal_with_a_changed_row(state: Path, tmp_path: Path) -> None:
    shutil.copytree(state, tmp_path / "state")
    with closing(sqlite3.connect(tmp_path / "state" / "journal.sqlite3")) as database:
        database.execute("UPDATE journal SET t = t + 1 WHERE seq = 7")
        database.commit()
    with pytest.raises(AmrError, match=r"store\.damaged.*journal 7"):
        build.write(str(tmp_path / "state" / "journal.sqlite3"), tmp_path / "hs", load_site("lab"), now=NOW)
    assert not (tmp_path / "hs").exists()


def test_a_story_that_the_journal_does_not_tell_is_found(files: dict[str, bytes], state: Path) -> None:
    body = json.loads(files["dossier.json"])
    body["breaches"] = []
    forged = signed_again(files, state, **{"dossier.json": json.dumps(body).encode()})
    assert any("dossier.json" in c.files for c in wrong(forged))


def test_a_signature_of_an_expired_or_another_key_is_told(files: dict[str, bytes], state: Path, tmp_path: Path) -> None:
    found = records(str(state / "journal.sqlite3"))
    old = certificate.load_or_make(tmp_path, found.key, "lab", begin=BEGIN - 2e8, now=BEGIN - 1e8)
    expired = signed_again(files, state, **{build.CERTIFICATE: old})
    assert [c.says for c in wrong(expired) if "HẾT HẠN" in c.says]
    with pytest.raises(AmrError) as told:
        build.build(SignedRecords(found.leaves, found.notes, found.key, tmp_path), load_site("lab"), "", None, BEGIN)
    assert told.value.code == "evidence.bad_key"
    from amr_fleet.store.notes import PrivateKey

    stranger = PrivateKey.load_or_make(tmp_path / "other.key", "amr-fleet").public.line()
    assert any("KHÁC" in c.says for c in wrong(files, stranger))
    with pytest.raises(AmrError):
        verify(files, "rubbish")


def test_openssl_verifies_the_attestation_too(files: dict[str, bytes], tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl")
    body = json.loads(files[build.ATTESTATION])
    (tmp_path / "pae").write_bytes(dsse.pae(base64.b64decode(body["payload"])))
    (tmp_path / "sig").write_bytes(base64.b64decode(body["signatures"][0]["sig"]))
    (tmp_path / "pem").write_bytes(files[build.PUBLIC_PEM])
    call = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pem", "-rawin", "-in", "pae", "-sigfile", "sig"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully")
    (tmp_path / "pae").write_bytes(dsse.pae(b"other"))
    assert subprocess.run(call, cwd=tmp_path, capture_output=True, timeout=30).returncode != 0


def test_the_index_is_a_crate_and_the_dossier_is_what_its_schema_says(files: dict[str, bytes]) -> None:
    crate = json.loads(files["ro-crate-metadata.json"])
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    entities = {e["@id"]: e for e in crate["@graph"]}
    assert entities["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    listed = {part["@id"] for part in entities["./"]["hasPart"]}
    assert listed == files.keys() - {"ro-crate-metadata.json"}
    assert {"name", "description", "datePublished", "license"} <= entities["./"].keys()
    told = {name: entities[name]["description"] for name in listed}
    assert [name for name, text in told.items() if text in ("", name)] == [], "each file says what it is"
    body, schema = json.loads(files["dossier.json"]), json.loads(files["dossier.schema.json"])
    jsonschema_rs.Draft202012Validator(schema).validate(body)
    assert (body["state"], body["figures"]["done"], body["cards"][0]["state"]) == ("ended", 1, "passed")
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.Draft202012Validator(schema).validate({**body, "state": "lost"})


def test_the_pdf_is_an_archive_pdf_with_the_dossier_in_it(files: dict[str, bytes]) -> None:
    made = files["ho-so.pdf"]
    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    assert b"dossier.json" in made
    assert pdf(files) == made


_ENGLISH = re.compile(
    r"\b(the|and|of|trial|draft|submitted|approved|running|suspended|ended|expired|breach|area|speed|passed|failed|"
    r"open|closed|operator|engineer|admin|order|orders|robots?_|incident|alarm|deadlock|[a-z]+_[a-z]+)\b"
)


def test_the_pdf_has_no_english_word(files: dict[str, bytes]) -> None:
    told = json.dumps(document(files), ensure_ascii=False)
    for name in (
        *files,
        "conditions.csv",
        "incidents.json",
        "evidence",
        "attestations",
        "checkpoints",
        "cards",
        "amr_01",
        "amr_02",
        "so_khcn",
        "quan_tri",
        "ky_su",
    ):  # names of files, robots, people
        told = told.replace(name, "")
    keys = re.sub(r'"(title|organisation|chapters|paragraphs|tables|head|rows|date)":', "", told)
    assert _ENGLISH.findall(keys) == []
    assert len(document(files)["chapters"]) == 12
    template = (Path(__file__).resolve().parents[2] / DOSSIER / "ho_so.typ").read_text(encoding="utf-8")
    shown = re.findall(r"\[([^\[\]#]{4,})\]", template)
    assert all(re.search("[À-ỹ]", text) for text in shown)


def test_the_commands_write_check_and_refuse(state: Path, tmp_path: Path) -> None:
    kept, state = state, tmp_path / "state"  # its certificate was made at another time than that of this computer
    shutil.copytree(kept, state, ignore=shutil.ignore_patterns("evidence.crt"))
    out = tmp_path / "hs.zip"
    done = amr("dossier", state, out, "--site", "lab")
    assert done.exit_code == 0, done.output
    good = amr("verify", out)
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "KẾT LUẬN: hồ sơ nguyên vẹn.")
    assert "SAI" not in good.output
    content = bytearray(out.read_bytes())
    at = content.index(b"TN-1-B001", content.index(b"incidents.json"))
    content[at] ^= 1
    out.write_bytes(bytes(content))
    with pytest.raises(AmrError) as told:
        CliRunner().invoke(app, ["sandbox", "verify", str(out)], catch_exceptions=False)
    assert told.value.code == "sandbox.bad_dossier"
    folder = tmp_path / "hs"
    assert amr("dossier", state, folder, "--site", "lab", "--trial", "TN-1").exit_code == 0
    (folder / "incidents.json").write_bytes((folder / "incidents.json").read_bytes().replace(b"S1", b"S0"))
    bad = amr("verify", folder)
    assert bad.exit_code == 1
    assert "SAI   Tệp incidents.json đã bị sửa sau khi ký" in bad.output
    assert "KHÔNG còn nguyên vẹn" in bad.output
    for arguments, wanted in (
        (("dossier", state, folder, "--site", "lab"), "store.not_empty"),
        (("dossier", state, tmp_path / "x", "--site", "lab", "--trial", "TN-9"), "sandbox.not_found"),
        (("dossier", tmp_path / "none", tmp_path / "x"), "store.failed"),
        (("verify", tmp_path / "none"), "sandbox.bad_dossier"),
    ):
        with pytest.raises(AmrError) as told:
            CliRunner().invoke(app, ["sandbox", *map(str, arguments)], catch_exceptions=False)
        assert told.value.code == wanted
    assert not (tmp_path / "x").exists()


def test_a_disk_that_fills_leaves_nothing(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "sbom.cdx.json":
            raise OSError(28, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(AmrError) as told:
        build.write(str(state / "journal.sqlite3"), tmp_path / "hs", load_site("lab"), now=NOW)
    assert (told.value.code, told.value.facts["reason"]) == ("record.failed", "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_distribution_without_a_name_is_no_part_of_the_bill(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An upgrade once left an empty folder of metadata behind, and no dossier could be made."""
    (tmp_path / "left-0.1.0.egg-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert any("Name" not in found.metadata for found in distributions())
    names = [component["name"] for component in json.loads(parts.sbom())["components"]]
    assert len(names) > 20
    assert all(names)
