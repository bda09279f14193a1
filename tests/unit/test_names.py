"""A name means one thing: a class or a closed vocabulary is defined once in src, or the API's shows the other one."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest

from amr_core.robots import ROBOT_TYPES

SRC = Path(__file__).resolve().parents[2] / "src"
API = "amr_fleet/amr_fleet/api/models"


def defined(node: ast.stmt) -> str:
    """Return the name of the class, or of the words listed by a Literal, that a statement defines, else ""."""
    if isinstance(node, ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id if ast.unparse(node.value.value) == "Literal" else ""
    return ""


def classes() -> dict[str, list[str]]:
    """Return the public classes and lists of words of src: name -> folders of the modules that define it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SRC.glob("*/*/**/*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.parse(path.read_text()).body:
            name = defined(node)
            if name and not name.startswith("_"):
                found[name].append(path.parent.relative_to(SRC).as_posix())
    return found


def doubled(found: dict[str, list[str]]) -> set[str]:
    """Return the names that stand for more than one thing: an answer of the API and what it shows are one."""
    shown = {name: folders.count(API) for name, folders in found.items()}
    return {name for name, folders in found.items() if shown[name] > 1 or len(folders) - shown[name] > 1}


def unused(sources: dict[str, str], others: Iterable[str] = ()) -> list[str]:
    """Return the constants, functions and classes of modules whose name stands nowhere but where it is defined.

    others: what may name them, too.
    """
    words = Counter(chain.from_iterable(re.findall(r"\w+", source) for source in (*sources.values(), *others)))
    return [
        f"{where}: {name}"
        for where, source in sources.items()
        for node in ast.parse(source).body
        for name in made(node)
        if words[name] == 1
    ]


def made(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines; what is decorated is known by its decorator."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [] if node.decorator_list else [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


STANDS = re.compile(
    r"(?:abs|hypot)\([^()]*\.v\b[^()]*\) *[<>]=? *0\.0[25]\b"
    r"|^_?(?:STANDING|STANDS|STANDSTILL|MOVING|MOVES)\b[^=\n]*= *0\.0\d",
    re.MULTILINE,
)
"""A speed that is held against a number, or a number named for standing: amr_core.robots says both."""


def test_how_slow_a_robot_stands_is_said_in_one_place_for_robot_and_fleet() -> None:
    folders = (
        "amr_fleet/amr_fleet",
        "amr_navigation/amr_navigation/agent",
        "amr_sim/amr_sim",
        "amr_interop/amr_interop",
    )
    sources = {path: path.read_text(encoding="utf-8") for folder in folders for path in (SRC / folder).rglob("*.py")}
    assert len(sources) > 300, "looked for in the wrong place"
    assert {path.name: found for path, source in sources.items() if (found := STANDS.findall(source))} == {}


@pytest.mark.parametrize("said", ["if abs(robot.v) > 0.05:", "_STANDS: Final = 0.02", "math.hypot(s.v, s.w) < 0.02"])
def test_a_speed_that_is_said_once_more_is_seen(said: str) -> None:
    assert STANDS.search(said)


def test_no_class_name_is_defined_twice() -> None:
    found = classes()
    assert len(found) > 300, "the classes were looked for in the wrong place"
    assert doubled(found) == set()


def test_a_second_meaning_is_seen() -> None:
    found = {"Leg": ["amr_navigation/agent", "amr_navigation/control"], "Order": ["amr_core", API], "Row": [API, API]}
    assert doubled(found) == {"Leg", "Row"}


def test_nothing_is_defined_that_nobody_names() -> None:
    paths = list(SRC.glob("*/amr_*/**/*.py"))
    others = [path for folder in ("src/*/launch", "scripts", "tests") for path in SRC.parent.glob(f"{folder}/**/*.py")]
    assert min(len(paths), len(others)) > 700, "looked for in the wrong place"
    texts = (path.read_text(encoding="utf-8") for path in others)
    assert unused({path.relative_to(SRC).as_posix(): path.read_text("utf-8") for path in paths}, texts) == []


def test_what_nobody_names_is_seen() -> None:
    sources = {"a": "LEFT = 1\nUSED: int = 2\n@app.command\ndef told(): ...\nclass Kept: ...", "b": "print(USED, Kept)"}
    assert unused(sources) == ["a: LEFT"]
    assert unused(sources, ["LEFT"]) == []
    assert unused({"a": "def left(): ...", "b": "class Left:\n    lone = 1"}) == ["a: left", "b: Left"]


def test_pages_keep_no_list_of_robot_types() -> None:
    """A type that is added has its text, which the type check asks for; a list of a page's own would leave it out."""
    web = SRC / "amr_fleet" / "web" / "src"
    sources = [path for path in web.rglob("*.ts*") if path.name not in ("texts.ts", "schema.ts")]
    assert len(sources) > 200, "looked for in the wrong place"
    sources = [path for path in sources if ".test." not in path.name]
    assert [p.name for p in sources if sum(f'"{name}"' in p.read_text("utf-8") for name in ROBOT_TYPES) > 1] == []
