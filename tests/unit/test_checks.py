"""A commit is checked by what `make check` checks."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_pre_commit_runs_every_check_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [line for part in ("check-python", "check-web") for line in _recipe(makefile, part)]
    (both,) = _recipe(makefile, "check")
    assert both.startswith("$(MAKE) ")
    assert both.endswith(" check-python check-web")
    checks = [line.replace("$(BIN)", ".venv/bin").replace("$(PYTHON)", "python3") for line in lines]
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert [hook["entry"] for hook in hooks] == checks
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in hooks)


def _recipe(makefile: str, target: str) -> list[str]:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found is not None, target
    return [line.strip().lstrip("@") for line in found[1].splitlines()]


def test_the_map_for_newcomers_names_every_folder() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    map_ = text.partition("## The map")[2].partition("## Recipes")[0]
    named = set(re.findall(r"`([\w/]+)`", "\n".join(line.split("|")[1] for line in map_.splitlines() if "|" in line)))
    packages = {f"src/{path.name}" for path in (ROOT / "src").iterdir() if (path / "package.xml").is_file()}
    others = {"src/compat", "maps", "worlds", "tests", "scripts", "requirements", "docker", "systemd", "docs", "eval"}
    assert named == packages | others


def test_the_index_of_decisions_has_all_of_them_and_no_hole() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    listed = re.findall(r"^\| \[(\d+)\]\((.*?)\) \| (.*) \|$", (folder / "README.md").read_text("utf-8"), re.MULTILINE)
    assert [name for _, name, _ in listed] == pages
    assert [int(number) for number, _, _ in listed] == [int(name[:4]) for name in pages] == [*range(1, len(pages) + 1)]
    for number, name, title in listed:
        assert (folder / name).read_text(encoding="utf-8").splitlines()[0] == f"# {number}. {title}"
