"""The documents: every command in them exists with its options, every file that they name is there."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer.main

from amr_bringup.cli import app
from tests.unit import fake_launch

ROOT = Path(__file__).parents[2]
DOCS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docker/*.md", "src/*/README.md", "tests/system/*.md")
    for path in ROOT.glob(pattern)
)
# Tools of ROS 2 and of others that the guides name; we cannot ask them here.
OTHERS = {("nav2_map_server", "map_saver_cli"), ("tf2_ros", "tf2_monitor")}
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
PATH = re.compile(r"(?:docs|docker|systemd|scripts|src|tests|maps|worlds|requirements)/[\w./-]*\w")
TEST = re.compile(r"\btests/[\w/]+\.py\b")
"""A test that is named anywhere, behind `pytest` as well."""
INVENTED = {"tests/unit/test_x.py", "tests/unit/test_a.py", "tests/unit/test_it.py"}
"""Of tests that are about tests."""


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands(text: str) -> Iterator[str]:
    """Yield the command lines of a document's blocks and spans, without comments and prompts."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.split(r"&&|;", line.split("  #")[0].split(" # ")[0])
    for span in SPAN.findall(BLOCK.sub("", text)):
        yield from re.split(r"&&|;", span)


def of_program(text: str, program: str) -> list[list[str]]:
    """Return the arguments of each call of a program in a document; {a,b} and a|b are several calls."""
    found = []
    for line in commands(text):
        words = re.sub(r"^\s*(\$ )?(\.venv/bin/|sudo )?", "", line).strip()
        if words == program or words.startswith(f"{program} "):
            for one in alternatives(words.removeprefix(program)):
                found.append(shlex.split(one.replace("[", "").replace("]", "")))
    return found


def alternatives(words: str) -> list[str]:
    braces = re.search(r"\{([\w,]+)\}", words)
    if braces:
        return [one for part in braces[1].split(",") for one in alternatives(words.replace(braces[0], part, 1))]
    verbs = re.search(r"(?<= )([a-z]+(?: ?\| ?[a-z]+)+)(?= |$)", words)
    if verbs:
        return [one for part in verbs[1].split("|") for one in alternatives(words.replace(verbs[1], part.strip(), 1))]
    return [words]


@lru_cache
def amr_command() -> Any:
    return typer.main.get_command(app)


def check_amr(words: list[str]) -> str:
    """Return what is wrong with a call of the amr command, "" when it can be made."""
    command = amr_command()
    rest = list(words)
    while hasattr(command, "commands") and rest:
        name = rest.pop(0)
        if name == "--help":
            return ""
        if name not in command.commands:
            return f"there is no {name!r}"
        command = command.commands[name]
    options = {option for p in command.params for option in (*p.opts, *p.secondary_opts)} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in options]
    return f"no option {', '.join(unknown)}" if unknown else ""


@lru_cache
def executables() -> set[tuple[str, str]]:
    return {(e.dist.name.replace("-", "_"), e.name) for e in entry_points(group="console_scripts") if e.dist}


def check_ros2(words: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is wrong with a call of ros2 launch or ros2 run."""
    if words[:1] == ["run"] and len(words) > 2:
        known = (words[1], words[2]) in executables() | OTHERS
        return "" if known else f"{words[1]} has no {words[2]}"
    if words[:2] == ["launch", "amr_bringup"] and len(words) > 2:
        file = ROOT / "src" / "amr_bringup" / "launch" / words[2]
        if not file.is_file():
            return f"there is no {words[2]}"
        fake_launch.install(monkeypatch)
        given = {word.split(":=")[0] for word in words[3:] if ":=" in word}
        known_arguments = set(fake_launch.arguments_of(runpy.run_path(str(file))["generate_launch_description"]()))
        return f"no argument {given - known_arguments}" if given - known_arguments else ""
    return ""


@pytest.mark.parametrize("path", DOCS, ids=names)
def test_every_command_exists(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    faults = [(call, why) for call in of_program(text, "amr") if (why := check_amr(call))]
    faults += [(call, why) for call in of_program(text, "ros2") if (why := check_ros2(call, monkeypatch))]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for call in of_program(text, "make"):
        verbs = [word for word in call if "=" not in word]
        faults += [(call, "no such target") for verb in verbs if verb not in targets]
    assert faults == []


@pytest.mark.parametrize("path", DOCS, ids=names)
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if "://" not in link]
    missing = [link for link in links if not (path.parent / link).exists()]
    for span in SPAN.findall(BLOCK.sub("", text)):
        for file in PATH.findall(span):
            before = span.split(file)[0]
            if file == span.strip("/").split("::")[0] and not before and not (ROOT / file).exists():
                missing.append(file)
        one, _, test = span.partition("::")
        if test and (ROOT / one).is_file() and f"def {test}(" not in (ROOT / one).read_text(encoding="utf-8"):
            missing.append(span)
    missing += {test for test in TEST.findall(text) if not (ROOT / test).is_file()}
    assert missing == []


def test_every_test_that_a_program_names_exists() -> None:
    """The table of a site's faults named one that had moved to another file, and did not run for it."""
    missing = []
    for path in chain.from_iterable((ROOT / folder).rglob("*.py") for folder in ("scripts", "tests")):
        text = path.read_text(encoding="utf-8")
        for file, test in re.findall(r"\b(tests/[\w/]+\.py)(?:::(test_\w+))?", text):
            known = ROOT / file
            found = known.is_file() and f"def {test}" in known.read_text(encoding="utf-8")
            missing += [] if found or file in INVENTED else [f"{names(path)}: {file}::{test}"]
    assert missing == []


def test_the_guides_have_the_commands_of_a_first_day() -> None:
    guide = (ROOT / "docs" / "engineer-guide.md").read_text(encoding="utf-8")
    launched = {call[2] for call in of_program(guide, "ros2") if call[:1] == ["launch"]}
    assert launched == {f"{name}.launch.py" for name in ("sim", "site", "gazebo", "robot", "rviz")}
    assert {" ".join(call[:2]) for call in of_program(guide, "amr")} >= {"site lint", "site build", "nav2 build"}


def screen_texts() -> list[str]:
    """Return the Vietnamese texts of the dashboard."""
    folder = ROOT / "src" / "amr_fleet" / "web" / "src"
    found = []
    for file in sorted({*folder.rglob("texts.ts"), *(folder / "shared" / "i18n").glob("*.ts")}):
        for body in re.findall(
            r"^export const (?:vi|codesVi) = \{(.*?)^\}", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            found += re.findall(r'": "((?:[^"\\]|\\.)*)"', body)
    return found


def as_pattern(text: str) -> re.Pattern[str]:
    """Return what a guide may write for a text: an ellipsis for what is filled in, and a beginning for a long one."""
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", text)]
    return re.compile("(?:…|.+?)".join(parts), re.IGNORECASE)


def test_the_operator_guide_names_things_as_the_screen_does() -> None:
    texts = screen_texts()
    assert len(texts) > 300
    guide = (ROOT / "docs" / "operator-guide.vi.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", guide)) - {"nghiêng"}
    assert len(named) > 80
    starts = [text.lower() for text in texts]
    patterns = [as_pattern(text) for text in texts]
    missing = [
        name
        for name in sorted(named)
        if not any(pattern.fullmatch(name) for pattern in patterns)
        and not any(start.startswith(name.lower()) and len(name) > 8 for start in starts)
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`amr nav2 chek FILE`", "there is no 'chek'"),
        ("`amr run --sight lab`", "no option --sight"),
        ("```\n.venv/bin/amr demo --sites lab   # a comment\n```", "no option --sites"),
        ("`amr robot build|urdfs`", "there is no 'urdfs'"),
    ],
)
def test_a_wrong_command_is_noticed(text: str, found: str) -> None:
    assert found in [check_amr(call) for call in of_program(text, "amr")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`ros2 launch amr_bringup simm.launch.py`", "there is no simm.launch.py"),
        ("`ros2 launch amr_bringup sim.launch.py robot:=4`", "no argument {'robot'}"),
        ("`ros2 run amr_bringup heath`", "amr_bringup has no heath"),
    ],
)
def test_a_wrong_ros2_command_is_noticed(text: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [check_ros2(call, monkeypatch) for call in of_program(text, "ros2")] == [found]
