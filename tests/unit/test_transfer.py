"""The folder that another organisation takes over: its installer refuses what is not right, its bytes are the same."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import handed_over
import pytest
import stamps
import transfer
from wheels import WheelError

from amr_fleet.evidence import dsse

ROOT = Path(__file__).parents[2]
WHEN = 1_700_000_000
SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def filled(name: str) -> str:
    text = (transfer.TEMPLATES / name).read_text(encoding="utf-8")
    return text.replace("@PYTHON@", transfer.PYTHON).replace("@RELEASE@", "1.2.3")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a folder with the installer, its sums and no wheels: enough for everything that it refuses."""
    folder = tmp_path / "amr-1.2.3"
    (folder / "wheels").mkdir(parents=True)
    (folder / "install.sh").write_text(filled("install.sh"), encoding="utf-8")
    (folder / "install.sh").chmod(0o755)
    (folder / "wheels" / "amr.lock").write_text("", encoding="utf-8")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}\n" for p in transfer.files(folder)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return folder


def install(folder: Path, *words: str, **own: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHON": sys.executable, **own}
    return subprocess.run(["sh", str(folder / "install.sh"), *words], env=env, capture_output=True, text=True)


def test_shellcheck_finds_nothing_in_the_installer(archive: Path) -> None:
    done = subprocess.run([SHELLCHECK, archive / "install.sh"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("words", [(), ("",), ("a", "b")])
def test_the_installer_asks_for_one_folder(archive: Path, words: tuple[str, ...]) -> None:
    done = install(archive, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "install.sh: give the folder to install into" in done.stderr


def test_the_installer_overwrites_nothing(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    done = install(archive, str(tmp_path / "there"))
    assert done.returncode == 1
    assert "exists: install beside it" in done.stderr
    assert (tmp_path / "there").is_dir()


def test_another_python_is_refused(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho 3.2\n", encoding="utf-8")
    other.chmod(0o755)
    done = install(archive, str(tmp_path / "out"), PYTHON=str(other))
    assert done.returncode == 1
    assert f"for Python {transfer.PYTHON}, and {other} is 3.2" in done.stderr
    done = install(archive, str(tmp_path / "out"), PYTHON="python-that-is-not-there")
    assert "there is no python-that-is-not-there here" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_changed_file_is_named_and_nothing_is_installed(archive: Path, tmp_path: Path) -> None:
    (archive / "wheels" / "amr.lock").write_text("amr==6.6.6\n", encoding="utf-8")
    done = install(archive, str(tmp_path / "out"))
    assert done.returncode == 1
    assert "amr.lock" in done.stdout + done.stderr
    assert "not as it was made" in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_fails_half_way_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    done = install(archive, str(tmp_path / "out"))  # there are no wheels in it
    assert done.returncode != 0
    assert not (tmp_path / "out").exists()


def test_no_template_keeps_a_blank() -> None:
    names = {path.name for path in transfer.TEMPLATES.iterdir()}
    assert names == {"install.sh", "README.md", "README.vi.md"}
    for name in names:
        assert not re.search(r"@[A-Z]+@", filled(name)), name


def test_both_first_pages_name_the_same_things() -> None:
    def rows(name: str) -> list[list[str]]:
        lines = [line for line in filled(name).splitlines() if line.startswith("| `")]
        return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in lines]

    assert rows("README.md") == rows("README.vi.md")


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_an_archive_has_the_same_bytes_whoever_packs_it(tmp_path: Path, name: str) -> None:
    made = []
    for who, mode in (("one", 0o644), ("two", 0o600)):
        folder = tmp_path / who
        folder.mkdir()
        for file in ("install.sh", "b.txt"):
            (folder / file).write_text(file, encoding="utf-8")
            (folder / file).chmod(mode)
        members = [(f"amr/{path.name}", path) for path in transfer.files(folder)]
        transfer.pack(folder / name, members[:: 1 if who == "one" else -1], WHEN)
        made.append((folder / name).read_bytes())
    assert made[0] == made[1]
    with tarfile.open(tmp_path / "one" / name) as tar:
        found = {entry.name: (entry.mode, entry.mtime, entry.uname) for entry in tar}
    assert found == {"amr/b.txt": (0o644, WHEN, ""), "amr/install.sh": (0o755, WHEN, "")}


def test_provenance_names_commit_locks_and_what_was_built() -> None:
    made = transfer.provenance({"wheels/b.whl": "22", "wheels/a.whl": "11"}, WHEN)
    assert [one["name"] for one in made["subject"]] == ["wheels/a.whl", "wheels/b.whl"]
    assert made["predicateType"] == "https://slsa.dev/provenance/v1"
    needed = {one["uri"]: one["digest"] for one in made["predicate"]["buildDefinition"]["resolvedDependencies"]}
    lock = (ROOT / "requirements" / "run.lock").read_bytes()
    assert needed["requirements/run.lock"] == {"sha256": hashlib.sha256(lock).hexdigest()}
    assert len(needed) == 5
    assert str(ROOT) not in json.dumps(made)


def test_the_provenance_of_all_files_is_signed_and_cosign_takes_it(tmp_path: Path) -> None:
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(tmp_path / "release.key")], check=True)
    key, out = transfer.signer(tmp_path / "release.key"), tmp_path / "out"
    for name in ("wheels/a.whl", "install.sh"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(name, encoding="utf-8")
    transfer.attest(out, WHEN, key)
    said = dsse.opened((out / "provenance.dsse.json").read_bytes(), key.public.verify, key.public.id.hex())
    assert said == json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in said["subject"]] == ["install.sh", "wheels/a.whl"]
    if shutil.which("cosign") is None:
        pytest.skip("cosign is absent (apt)")
    (tmp_path / "provenance.pub").write_bytes(key.public.pem())
    guide = (ROOT / "docs" / "transfer.md").read_text(encoding="utf-8")
    (line,) = (line for line in guide.splitlines() if line.startswith("cosign verify-blob-attestation"))

    def cosign() -> int:
        return subprocess.run(shlex.split(line), cwd=out, env={**os.environ, "HOME": str(tmp_path)}).returncode

    assert cosign() == 0
    (out / "install.sh").write_text("something else", encoding="utf-8")
    assert cosign() != 0


@pytest.mark.parametrize("content", [None, "", "not a key"])
def test_a_key_that_is_none_signs_nothing(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "release.key"
    if content is not None:
        key.write_text(content, encoding="utf-8")
    assert transfer.main(["--key", str(key), str(tmp_path / "out")]) == 1
    assert str(key) in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ([] if content is None else ["release.key"])


def test_libraries_are_fetched_once_for_the_same_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "a-1.0-py3-none-any.whl").write_bytes(b"")
    (house / "locks.sha256").write_text(stamps.digest(transfer.LOCKS), encoding="ascii")
    calls: list[object] = []

    def refuse(call: object, **_: object) -> subprocess.CompletedProcess[bytes]:
        calls.append(call)
        return subprocess.CompletedProcess([], 1)

    monkeypatch.setattr(subprocess, "run", refuse)
    assert [path.name for path in transfer.wheelhouse(house, WHEN)] == ["a-1.0-py3-none-any.whl"]
    assert not calls
    (house / "locks.sha256").write_text("other", encoding="ascii")
    with pytest.raises(WheelError, match="cannot be fetched"):
        transfer.wheelhouse(house, WHEN)
    assert calls
    assert not (house / "locks.sha256").exists(), "the next time is a new try"


def test_sizes_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"0" * 3_000_000)
    (tmp_path / "c").write_bytes(b"0" * 2_000_000)
    assert (transfer.size(tmp_path), transfer.size(tmp_path / "c")) == ("5 MB", "2 MB")


def test_the_sources_are_those_that_git_knows() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in handed_over.known(ROOT)}
    assert {"README.md", "src/amr_fleet/web/package.json", "scripts/transfer/install.sh"} <= found
    assert not [name for name in found if name.startswith((".venv", "build/")) or "node_modules" in name]


# REUSE: what `make validators` asks the reuse tool, checked here by our own rules.


def rules() -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))["annotations"]
    return found


def licence_of(file: str) -> object:
    return [rule["SPDX-License-Identifier"] for rule in rules() if fnmatch(file, str(rule["path"]))][-1]


def test_every_licence_that_is_named_is_there_and_no_other() -> None:
    named = {f"{rule['SPDX-License-Identifier']}.txt" for rule in rules()}
    assert {path.name for path in (ROOT / "LICENSES").iterdir()} == named
    assert (ROOT / "LICENSES" / "Apache-2.0.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert all(rule["SPDX-FileCopyrightText"] for rule in rules())


def test_what_others_wrote_is_under_their_licence() -> None:
    known = [path.relative_to(ROOT).as_posix() for path in handed_over.known(ROOT)]
    assert {licence_of(file) for file in known if file.endswith((".ttf", ".otf", ".woff2"))} == {"OFL-1.1"}
    for file in known:
        if Path(file).name in ("LICENSE.txt", "OFL.txt"):  # somebody else's, beside what it is for
            assert licence_of(file) != "Apache-2.0", file
    assert licence_of("src/amr_core/setup.py") == "Apache-2.0"


def test_a_rule_for_a_folder_that_is_gone_is_noticed() -> None:
    known = [path.relative_to(ROOT).as_posix() for path in handed_over.known(ROOT)]
    for rule in rules():
        assert any(fnmatch(file, str(rule["path"])) for file in known), rule["path"]


def test_the_packed_sources_can_be_read_without_our_code(tmp_path: Path) -> None:
    transfer.pack(tmp_path / "s.tar.gz", [("amr/LICENSE", ROOT / "LICENSE")], WHEN)
    assert gzip.decompress((tmp_path / "s.tar.gz").read_bytes())[:11] == b"amr/LICENSE"
    assert shutil.which("tar") is None or not subprocess.run(["tar", "-tzf", tmp_path / "s.tar.gz"]).returncode
