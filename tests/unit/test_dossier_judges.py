"""Programs that share no code with us judge a dossier: cosign its attestations, Go's tlog the journal's tree.

CI installs both (.ci/run); where they are missing these tests say so and skip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from amr_core.merkle import consistency_proof, inclusion_proof
from amr_fleet.dossier import build
from amr_fleet.dossier.rows import unpacked
from amr_fleet.evidence import dsse
from tests.unit import test_sandbox_dossier as dossiers

state, files = dossiers.state, dossiers.files
"""A --state folder, and its dossier: fixtures."""
pytestmark = pytest.mark.timeout(600)  # Go compiles its own cryptography first
GOCODE = Path("/usr/share/gocode")  # where Debian puts Go's libraries
PROGRAM = Path(__file__).parents[1] / "data" / "tlog" / "main.go"


def needed(program: str, *, also: Path | None = None) -> None:
    """Skip without a program; fail where AMR_NEED_JUDGES says that it must be there."""
    if shutil.which(program) is None or (also is not None and not also.is_dir()):
        why = f"{program} is absent (apt: cosign golang-go golang-golang-x-mod-dev)"
        pytest.fail(why) if os.environ.get("AMR_NEED_JUDGES") == "1" else pytest.skip(why)


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    """Return a dossier as a folder."""
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def cosign(folder: Path, attestation: str, kind: str, file: str) -> subprocess.CompletedProcess[str]:
    words = ["cosign", "verify-blob-attestation", "--key", build.PUBLIC_PEM, "--signature", attestation, "--type", kind,
             "--insecure-ignore-tlog=true", file]  # fmt: skip
    environment = {**os.environ, "HOME": str(folder)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_cosign_takes_the_attestations_and_refuses_a_changed_file(folder: Path) -> None:
    needed("cosign")
    for attestation, kind, file in (
        (build.ATTESTATION, dsse.DOSSIER_TYPE, "ho-so.pdf"),
        (build.ATTESTATION, dsse.DOSSIER_TYPE, "journal.jsonl.zst"),
        ("attestations/card-K-1.dsse.json", dsse.TEST_RESULT, "cards/K-1.json"),
    ):
        done = cosign(folder, attestation, kind, file)
        assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (0, "Verified OK"), (file, done.stderr)
    content = bytearray((folder / "ho-so.pdf").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "ho-so.pdf").write_bytes(content)
    done = cosign(folder, build.ATTESTATION, dsse.DOSSIER_TYPE, "ho-so.pdf")
    assert done.returncode != 0
    assert "digest" in done.stderr


def test_the_guide_in_the_dossier_says_the_same_of_cosign(folder: Path) -> None:
    guide = (folder / "VERIFY.vi.md").read_text(encoding="utf-8")
    wanted = (f"--key {build.PUBLIC_PEM}", f"--signature {build.ATTESTATION}", f"--type {dsse.DOSSIER_TYPE}")
    assert [text for text in wanted if text not in guide] == []


@pytest.fixture(scope="module")
def tlog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Go program, compiled: that takes some 20 s, since Go compiles its own library with it."""
    needed("go", also=GOCODE / "src" / "golang.org" / "x" / "mod" / "sumdb" / "tlog")
    place = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": f"{place}:{GOCODE}", "GOCACHE": str(place / "cache"),
        "GOFLAGS": "-p=1", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
    }  # fmt: skip
    call = ["go", "build", "-o", str(place / "tlog"), str(PROGRAM)]
    done = subprocess.run(call, env=environment, cwd=place, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return place / "tlog"


def proof_of(files: dict[str, bytes], index: int) -> dict[str, Any]:
    """Return what proves that a row is in the journal, and that the journal only grew since its first checkpoint."""
    leaves = [leaf.digest for leaf in unpacked(files["journal.jsonl.zst"])]
    notes = [files[name].decode() for name in sorted(files) if name.endswith(".note")]
    size, before = (int(note.split("\n")[1]) for note in (notes[-1], notes[0]))
    return {
        "key": files["checkpoints/key.pub"].decode().strip(), "note": notes[-1], "older": notes[0],
        "leaf": leaves[index].hex(), "index": index,
        "inclusion": [h.hex() for h in inclusion_proof(index, leaves[:size])],
        "consistency": [h.hex() for h in consistency_proof(before, leaves[:size])],
    }  # fmt: skip


def told(program: Path, proof: dict[str, Any]) -> tuple[int, str]:
    done = subprocess.run([program], input=json.dumps(proof), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.strip()


def test_gos_tlog_takes_checkpoints_and_proofs_and_refuses_one_changed_bit(tlog: Path, files: dict[str, bytes]) -> None:
    for index in (0, 5, 17):
        assert told(tlog, proof_of(files, index)) == (0, "holds")
    proof = proof_of(files, 5)
    other = f"{int(proof['leaf'], 16) ^ 1:064x}"
    assert told(tlog, {**proof, "leaf": other})[0] == 1, "a changed row"
    assert told(tlog, {**proof, "index": 6})[0] == 1, "swapped rows"
    assert told(tlog, {**proof, "consistency": proof["consistency"][:-1]})[0] == 1, "a history that did not only grow"
    lines = proof["note"].split("\n")
    lines[1] = str(int(lines[1]) - 1)
    assert told(tlog, {**proof, "note": "\n".join(lines)})[0] == 1, "a checkpoint that nobody signed"
