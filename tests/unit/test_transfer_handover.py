"""What leaves the checkout is what git knows, never a key or journal; what is emptied was made by the same command."""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import handed_over
import pytest
import setup
import transfer
import wheels
from handed_over import HandOverError, check, emptied, known

ROOT = Path(__file__).parents[2]
TRACKED = ("README.md", "docs/a.md", "src/amr_x/setup.py")
WHEN = 1_700_000_000


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def written(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    return root


def names(paths: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a small repository with three files that git knows and what it is to ignore."""
    root = written(tmp_path / "checkout", *TRACKED)
    (root / ".gitignore").write_text((ROOT / ".gitignore").read_text(encoding="utf-8"), encoding="utf-8")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    return root


@pytest.fixture
def taken_over(tmp_path: Path) -> Path:
    """Return the same files without any git."""
    return written(tmp_path / "taken", *TRACKED, ".gitignore")


def test_only_what_git_knows_is_handed_over(checkout: Path) -> None:
    written(checkout, "notes.txt", "src/amr_x/new.py", "acceptance/work/a02/evidence.key", "tap-an/users.sqlite3")
    assert names(known(checkout, root=checkout), checkout) == [".gitignore", *TRACKED]
    assert known(checkout / "acceptance", root=checkout) == []
    assert names(known(checkout / "src", root=checkout), checkout) == ["src/amr_x/setup.py"]


def test_a_file_that_is_gone_is_not_handed_over(checkout: Path) -> None:
    (checkout / "docs" / "a.md").unlink()
    assert names(known(checkout, root=checkout), checkout) == [".gitignore", "README.md", "src/amr_x/setup.py"]


def test_a_file_that_git_does_not_know_ends_it_by_name(checkout: Path) -> None:
    check([checkout], checkout)
    written(checkout, "src/amr_x/new.py", "ghi chú.txt")
    with pytest.raises(
        HandOverError, match=r"git does not know ghi chú\.txt, src/amr_x/new\.py: add, ignore or remove"
    ):
        check([checkout], checkout)
    check([checkout / "docs"], checkout)
    with pytest.raises(HandOverError, match=r"src/amr_x/new\.py"):
        check([checkout / "docs", checkout / "src"], checkout)


def test_many_unknown_files_are_counted(checkout: Path) -> None:
    written(checkout, *(f"n{k}.txt" for k in range(9)))
    with pytest.raises(HandOverError, match=r"n0\.txt, .*n4\.txt and 4 more: "):
        check([checkout], checkout)


SECRETS = (
    "evidence.key", "a/users.sqlite3", "a/journal.sqlite3-wal", "docs/CA.KEY", "x/amr-first-password.txt",
    "src/amr_x/server.pem",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_keys_and_journals_are_never_handed_over(checkout: Path, taken_over: Path, name: str) -> None:
    for root, add in ((checkout, True), (taken_over, False)):
        name = f"src/{name}"
        written(root, name)
        if add:
            git(root, "add", "--force", name)
        with pytest.raises(HandOverError, match=f"{re.escape(name)} .*key, an account or a journal"):
            check([root], root)
        with pytest.raises(HandOverError, match=re.escape(name)):
            known(root, root=root)


def test_without_git_what_is_made_stays_behind(taken_over: Path) -> None:
    made = (
        ".venv/a.py", "build/x", "node_modules/x/y.js", "var/journal.sqlite3", "src/amr_x/__pycache__/a.pyc",
        "acceptance/work/a02/evidence.key", "acceptance-1/protocol.md", "tap-an/users.sqlite3", "state/evidence.key",
        "reports/r.pdf", "january/orders.csv", "run.json", "webhooks.yaml", "my-trial/evidence.key",
    )  # fmt: skip
    written(taken_over, *made)
    assert names(known(taken_over, root=taken_over), taken_over) == [".gitignore", *TRACKED]
    check([taken_over], taken_over)


def test_a_folder_of_sources_may_be_named_like_an_example(taken_over: Path) -> None:
    written(taken_over, "src/amr_x/acceptance/run.py", "src/amr_x/state/a.py")
    assert len(known(taken_over / "src", root=taken_over)) == 3


def test_a_git_that_does_not_answer_is_no_leave_to_take_everything(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(checkout, "notes.txt")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    with pytest.raises(HandOverError, match="git does not say which files it knows"):
        known(checkout, root=checkout)


def test_a_machine_without_git_takes_over_sources_all_the_same(
    taken_over: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert names(known(taken_over, root=taken_over), taken_over) == [".gitignore", *TRACKED]
    assert handed_over.git("log") is None
    assert wheels.epoch({}) >= WHEN, "the release's day"
    built = transfer.provenance({}, WHEN)["predicate"]["buildDefinition"]
    assert built["resolvedDependencies"][0]["digest"] == {"gitCommit": "unknown"}


def test_a_copy_below_build_is_taken_by_what_lies_in_it(checkout: Path) -> None:
    """`make nightly` sets up copies for other versions of Python where git does not look."""
    copy = written(checkout / "build" / "python-3.13", *TRACKED)
    assert names(known(copy, root=copy), copy) == list(TRACKED)


@pytest.mark.parametrize("place", ["acceptance", "acceptance-2", "tap-an", "tap-an-3", "state", "reports", "january"])
def test_git_ignores_the_folders_that_our_pages_let_people_make(checkout: Path, place: str) -> None:
    written(checkout, f"{place}/x", f"src/amr_x/{place}/x")
    with pytest.raises(HandOverError, match=f"git does not know src/amr_x/{place}/x: "):
        check([checkout], checkout)


@pytest.mark.parametrize(
    "file",
    [
        "run.json",
        "settings.yaml",
        "webhooks.yaml",
        "escalation.yaml",
        "syslog.yaml",
        "neighbours.yaml",
        "oidc.yaml",
        "drop.yaml",
    ],
)
def test_git_ignores_the_files_that_our_pages_let_people_write(checkout: Path, file: str) -> None:
    written(checkout, file)
    check([checkout], checkout)
    written(checkout, f"docs/{file}")
    with pytest.raises(HandOverError, match=f"docs/{file}"):
        check([checkout], checkout)


# Folders that are emptied ---------------------------------------------------------------------------------------------


def test_a_new_and_an_empty_folder_are_marked_and_emptied_again(tmp_path: Path) -> None:
    default = tmp_path / "default"
    for out in (tmp_path / "a" / "new", tmp_path / "empty"):
        assert emptied(out, default) == out
        written(out, "old.whl", "wheels/older.whl")
        emptied(out, default)
        assert [path.name for path in out.iterdir()] == [handed_over.MARK]


def test_the_default_folder_needs_no_mark(tmp_path: Path) -> None:
    out = written(tmp_path / "out", "old.whl")
    emptied(out, out)
    assert not (out / "old.whl").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    out = written(tmp_path / "home", "thesis.txt", "a/b.txt")
    (tmp_path / "link").symlink_to(out)
    for place in (out, tmp_path / "link", tmp_path / "x" / ".." / "home"):
        with pytest.raises(HandOverError, match="is not empty and was not made by this command: name a new folder"):
            emptied(place, tmp_path / "default")
    with pytest.raises(HandOverError, match="is a file"):
        emptied(out / "thesis.txt", tmp_path / "default")
    assert len(transfer.files(out)) == 2


@pytest.mark.parametrize("place", [".", "..", "docs", "new", "build"])
def test_the_checkout_is_never_emptied_nor_filled(checkout: Path, place: str) -> None:
    written(checkout, handed_over.MARK, f"docs/{handed_over.MARK}", f"build/{handed_over.MARK}")
    with pytest.raises(HandOverError, match="name a folder outside the checkout, or one below build"):
        emptied(checkout / place, checkout / "build" / "wheels", checkout)
    assert (checkout / "README.md").exists()
    assert emptied(checkout / "build" / "mine", checkout / "build" / "wheels", checkout).is_dir()


def test_a_folder_that_cannot_be_looked_into_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(HandOverError, match="out cannot be emptied and written: Permission denied"):
        emptied(tmp_path / "out", tmp_path / "default")
    monkeypatch.undo()
    with pytest.raises(HandOverError, match="cannot be emptied and written: Not a directory"):
        emptied(written(tmp_path, "file") / "file" / "out", tmp_path / "default")


Main = Callable[[list[str]], int]


@pytest.mark.parametrize("main", [wheels.main, transfer.main])
def test_both_commands_refuse_a_folder_that_is_not_theirs(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "ready", lambda: None)
    monkeypatch.setattr(transfer, "check", lambda _: None)
    monkeypatch.setattr(transfer, "wheelhouse", lambda *_: [])
    out = written(tmp_path / "home", "thesis.txt")
    assert main([str(out)]) == 1
    assert "is not empty and was not made by this command" in capsys.readouterr().err
    assert (out / "thesis.txt").exists()


@pytest.mark.parametrize("main", [wheels.main, transfer.main])
def test_what_cannot_be_built_is_known_before_anything_is_emptied(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "STATIC", tmp_path / "static")
    out = emptied(tmp_path / "out", tmp_path / "default")
    written(out, "older.whl")
    assert main([str(out)]) == 1
    assert "the dashboard is not built: make setup" in capsys.readouterr().err
    assert (out / "older.whl").exists()


def test_the_archive_is_refused_with_a_file_that_git_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stranger(folders: list[Path]) -> None:
        assert folders == [ROOT]
        raise HandOverError("git does not know notes.txt")

    monkeypatch.setattr(wheels, "ready", lambda: None)
    monkeypatch.setattr(transfer, "check", stranger)
    monkeypatch.setattr(transfer, "wheelhouse", lambda *_: pytest.fail("nothing is fetched"))
    assert transfer.main([str(tmp_path / "out")]) == 1
    assert "git does not know notes.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_sources_and_guides_of_the_archive_are_those_that_git_knows(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(checkout, "acceptance/work/a02/evidence.key", "docs/draft.md", "notes.txt", "scripts/transfer/scratch.md")
    written(checkout, "scripts/transfer/README.md")
    git(checkout, "add", "scripts/transfer/README.md")
    monkeypatch.setattr(transfer, "ROOT", checkout)
    monkeypatch.setattr(transfer, "TEMPLATES", checkout / "scripts" / "transfer")
    monkeypatch.setattr(transfer, "known", lambda folder: known(folder, root=checkout))
    monkeypatch.setattr(transfer, "release", lambda: "1.2.3")
    monkeypatch.setattr(transfer, "wheelhouse", lambda *_: [])
    monkeypatch.setattr(transfer, "_bill", lambda _: None)
    monkeypatch.setattr(wheels, "build", lambda *_: [])
    out = tmp_path / "out"
    out.mkdir()
    transfer.fill(out, WHEN)
    made = {"README.md", "docs/a.md", "libraries.lock", "provenance.json", "sources.tar.gz", "SHA256SUMS"}
    assert set(names(transfer.files(out), out)) == made
    with tarfile.open(out / "sources.tar.gz") as tar:
        found = {entry.removeprefix("amr-1.2.3/") for entry in tar.getnames()}
    assert found == {".gitignore", *TRACKED, "scripts/transfer/README.md"}
