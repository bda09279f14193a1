"""`make transfer`: one folder, and one archive of it, that another organisation can take over without any network.

Usage: transfer.py [--key FILE] [FOLDER]   (default: build/transfer; a new folder, or one that this made, is emptied)
FILE: an Ed25519 key (PEM) that signs the provenance; without one it is not signed.

It holds our wheels (scripts/wheels.py), the libraries of run.lock and dataset.lock as wheels with their hashes, an
installer, the bill of materials, licences, guides, the sources and the hash of every file: docs/transfer.md. The size
of both is printed. The archive fits the Python of .venv; libraries are fetched once and kept in build/wheelhouse.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rfc8785
import setup
import wheels
from handed_over import HandOverError, check, emptied, git, known
from stamps import VENV, digest
from wheels import WheelError

from amr_core.errors import AmrError
from amr_fleet.evidence import dsse
from amr_fleet.store.notes import PrivateKey

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "transfer"
WHEELHOUSE = ROOT / "build" / "wheelhouse"
TEMPLATES = Path(__file__).with_name("transfer")
LOCKS = tuple(setup.LOCKS / f"{name}.lock" for name in ("run", "dataset", "setup"))
"""The libraries, what the dataset needs beside them (card A08 of `amr accept`), and uv, which installs them."""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_EXECUTABLE = (".sh",)


def release() -> str:
    """Return the version of the packages."""
    return wheels.interface_wheel(Path("src/amr_interfaces")).version


def wheelhouse(folder: Path, when: int) -> list[Path]:
    """Return the wheels of all libraries; they are fetched, and what is no wheel is built, when a lock has changed."""
    stamp, wanted = folder / "locks.sha256", digest(LOCKS)
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        print("Fetching the libraries (minutes, once)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        words = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--require-hashes", "--no-build-isolation"]
        locks = [part for lock in LOCKS for part in ("-r", str(lock))]
        env = {**os.environ, "SOURCE_DATE_EPOCH": str(when), "PYTHONPATH": str(setup.TOOLS)}
        done = subprocess.run([VENV / "bin" / "python", *words, *locks, "--wheel-dir", folder], env=env)
        if done.returncode != 0:
            raise WheelError("the libraries of requirements/*.lock cannot be fetched (pip says why)")
        stamp.write_text(wanted, encoding="ascii")
    return sorted(folder.glob("*.whl"))


def provenance(subjects: dict[str, str], when: int) -> dict[str, Any]:
    """Return what was built from what: an in-toto statement with a predicate of SLSA 1.0.

    subjects: names of files and their SHA-256.
    """
    commit, changed = (git("rev-parse", "HEAD") or "unknown").strip(), git("status", "--porcelain") or ""
    locks = {f"requirements/{lock.name}": _sha256(lock) for lock in LOCKS}
    locks["src/amr_fleet/web/package-lock.json"] = _sha256(setup.WEB / "package-lock.json")
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": value}} for name, value in sorted(subjects.items())],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "make transfer",
                "externalParameters": {"python": PYTHON, "sourceDateEpoch": when},
                "internalParameters": {"changedSinceCommit": bool(changed.strip())},
                "resolvedDependencies": [
                    {"uri": "git+.", "digest": {"gitCommit": commit}},
                    *({"uri": name, "digest": {"sha256": value}} for name, value in sorted(locks.items())),
                ],
            },
            "runDetails": {"builder": {"id": "scripts/transfer.py"}},
        },
    }


def attest(out: Path, when: int, key: PrivateKey | None) -> None:
    """Write the provenance of all files that are there; with a key the same as a signed envelope (DSSE), too."""
    said = provenance({str(path.relative_to(out)): _sha256(path) for path in files(out)}, when)
    (out / "provenance.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    if key is not None:
        envelope = dsse.envelope(rfc8785.dumps(said), key.public.id.hex(), key.sign)
        (out / "provenance.dsse.json").write_bytes(envelope)


def signer(path: Path) -> PrivateKey:
    """Return the key in a file; raise HandOverError for none: nobody would know one made just now."""
    try:
        if not path.is_file():
            raise HandOverError(f"there is no key {path}: openssl genpkey -algorithm ed25519 -out {path}")
        return PrivateKey.load_or_make(path, "release")
    except AmrError as error:
        raise HandOverError(error.sentence) from error


def fill(out: Path, when: int, key: PrivateKey | None = None) -> None:
    """Write everything into an empty folder. key: signs the provenance."""
    version = release()
    wheels.build(out / "wheels", when)
    libraries = wheelhouse(WHEELHOUSE, when)
    (out / "wheelhouse").mkdir()
    for library in libraries:
        shutil.copyfile(library, out / "wheelhouse" / library.name)
    (out / "libraries.lock").write_text(wheels.lock_lines(libraries), encoding="utf-8")
    for template in known(TEMPLATES):
        text = template.read_text(encoding="utf-8").replace("@PYTHON@", PYTHON).replace("@RELEASE@", version)
        (out / template.name).write_text(text, encoding="utf-8")
    _bill(out)
    sources = [path.relative_to(ROOT) for path in known(ROOT)]
    for path in sources:
        if path.parts[0] in ("docs", "LICENSES") or str(path) in ("LICENSE", "REUSE.toml", "CHANGELOG.md"):
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, out / path)
    pack(out / "sources.tar.gz", [(f"amr-{version}/{path}", ROOT / path) for path in sources], when)
    attest(out, when, key)
    sums = "".join(f"{_sha256(path)}  {path.relative_to(out)}\n" for path in files(out))
    (out / "SHA256SUMS").write_text(sums, encoding="utf-8")


def _bill(out: Path) -> None:
    """Write bill of materials and licences of exactly what the folder brings, and of the dashboard's libraries."""
    locks = ["--lock", str(out / "libraries.lock"), "--lock", str(setup.WEB / "package-lock.json")]
    amr = [str(VENV / "bin" / "amr"), "security"]
    subprocess.run([*amr, "sbom", *locks, "--output", str(out / "sbom.cdx.json")], check=True)
    with (out / "licences.txt").open("wb") as file:
        if subprocess.run([*amr, "licences", *locks], stdout=file).returncode != 0:
            raise WheelError("a library is under a licence that the product may not carry: amr security licences")


def files(folder: Path) -> list[Path]:
    """Return all files below a folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def pack(target: Path, members: Sequence[tuple[str, Path]], when: int) -> None:
    """Write a tar, compressed when its name ends so; the same members give the same bytes."""
    with target.open("wb") as raw:
        zipped = gzip.GzipFile("", "wb", 9, raw, mtime=when) if target.suffix == ".gz" else None
        with tarfile.open(mode="w", fileobj=zipped or raw, format=tarfile.PAX_FORMAT) as tar:
            for name, path in sorted(members):
                entry = tarfile.TarInfo(name)
                data = path.read_bytes()
                entry.size, entry.mtime = len(data), when
                entry.mode = 0o755 if path.suffix in _EXECUTABLE or os.access(path, os.X_OK) else 0o644
                tar.addfile(entry, io.BytesIO(data))
        if zipped is not None:
            zipped.close()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(out: Path, key: PrivateKey | None = None) -> tuple[Path, Path]:
    """Build folder and archive below out, which is emptied once nothing stands against it; return both.

    key: signs the provenance; its public half (PEM) lies beside the archive, not in it.
    """
    when, name = wheels.epoch(), f"amr-{release()}-python{PYTHON}-linux-x86_64"
    wheels.ready()
    check([ROOT])
    wheelhouse(WHEELHOUSE, when)
    out = emptied(out, OUT)
    folder = out / name
    folder.mkdir(parents=True)
    fill(folder, when, key)
    for path in files(folder):
        path.chmod(0o755 if path.suffix in _EXECUTABLE else 0o644)
    archive = out / f"{name}.tar"  # not compressed: wheels are
    pack(archive, [(f"{name}/{path.relative_to(folder)}", path) for path in files(folder)], when)
    archive.with_name(f"{archive.name}.sha256").write_text(f"{_sha256(archive)}  {archive.name}\n", encoding="utf-8")
    if key is not None:
        (out / "provenance.pub").write_bytes(key.public.pem())
    return folder, archive


def size(path: Path) -> str:
    """Return the size of a file or folder in words."""
    total = path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in files(path))
    return f"{total / 1e6:.0f} MB"


def main(arguments: Sequence[str]) -> int:
    """Build folder and archive into the folder named in arguments, by the key that they name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=OUT)
    parser.add_argument("--key", type=Path)
    asked = parser.parse_args(arguments)
    try:
        folder, archive = build(asked.folder, None if asked.key is None else signer(asked.key))
    except (WheelError, HandOverError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder}: {size(folder)}, of it libraries {size(folder / 'wheelhouse')}, ours {size(folder / 'wheels')}")
    print(f"{archive}: {size(archive)}; another machine: tar -xf it, then ./install.sh FOLDER")
    print(
        "its provenance is not signed (--key FILE)" if asked.key is None else f"signed: {folder.parent}/provenance.pub"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
