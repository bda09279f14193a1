"""A float that a module sets carries its reason: what makes it this number and not half or twice of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
NAME = re.compile(r"_?[A-Z][A-Z0-9_]*")
COMMENT = re.compile(r"#\s*(?!noqa|fmt:|type:|pragma|---|\s)(\w.*)")
"""One for people: what is meant for a tool, and a heading, say nothing of a number."""
UNITS = re.compile(
    r"(?:[\W\d]|\b(?:a|of|per|m2?|mm|km|s|ms|min|rad|px|pt|hz|v|w|kg|n|lux|share|seconds|metres)\b)*", re.I
)
"""A text that says only what a number counts, and not why it is that one."""


def bare_floats(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and names of each float constant of a module that nothing is said of, whatever unit its name has.

    A comment stands behind it, on the line above, or as a docstring below.
    """
    lines, body = source.splitlines(), ast.parse(source).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        names = constants(node)
        if not names:
            continue
        above = lines[node.lineno - 2].lstrip()
        said = [lines[(node.end_lineno or node.lineno) - 1], above if above.startswith("#") else ""]
        comments = [found[1] for found in map(COMMENT.search, said) if found]
        if not any(map(is_reason, [*comments, docstring(after)])):
            yield node.lineno, ", ".join(names)


def is_reason(text: str) -> bool:
    """Say whether a text has more in it than units."""
    return not UNITS.fullmatch(text)


def constants(node: ast.stmt) -> list[str]:
    """Return the names in capitals that a statement sets to floats, or to a tuple with one."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    else:
        return []
    names = [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return names if all(map(NAME.fullmatch, names)) and is_float(node.value) else []


def is_float(value: ast.expr | None) -> bool:
    """Say whether a value is a float by its looks: a literal, also with signs, in sums or angles, or in a tuple."""
    if isinstance(value, ast.Tuple):
        return any(map(is_float, value.elts))
    if isinstance(value, ast.UnaryOp):
        return is_float(value.operand)
    if isinstance(value, ast.BinOp):
        return is_float(value.left) or is_float(value.right)
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) == "math.radians"
    return isinstance(value, ast.Constant) and isinstance(value.value, float)


def docstring(node: ast.stmt | None) -> str:
    """Return what a statement says that is a text that stands for itself, else ""."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def test_every_float_that_a_module_sets_says_its_reason() -> None:
    modules = [path for path in SRC.glob("*/*/**/*.py") if "node_modules" not in path.parts]
    assert len(modules) > 900, "looked for in the wrong place"
    found = [
        f"{path.relative_to(SRC)}:{line} {names}"
        for path in sorted(modules)
        for line, names in bare_floats(path.read_text(encoding="utf-8"))
    ]
    assert not found, "no word of why it is this number:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "bare",
    [
        "RATE = 10.0",
        "LOOK_S = 0.5",
        "RATE = 10.0  # noqa",
        "RATE = 10.0  # fmt: skip",
        "RATE = 10.0  # Hz",
        "SPEED, TURN = 0.5, 1.5  # m/s, rad",
        'RATE = 10.0\n"""Hz."""',
        "_FAR: Final = -1e9",
        "A, B = 0.5, 2",
        "TURN = math.radians(5.0)",
    ],
)
def test_a_bare_number_is_seen(bare: str) -> None:
    assert [line for line, _ in bare_floats(f"import math\n\n{bare}\nOTHER = 1\n")] == [3]


@pytest.mark.parametrize(
    "said",
    [
        "LOOK_S = 0.5  # chosen: twice",
        "RATE = 10.0  # Hz, as the lidars",
        "# Hz, as the lidars\nRATE = 10.0",
        'RATE = 10.0\n"""Hz, as the lidars."""',
        "MOST: Final = 5",
    ],
)
def test_a_number_that_says_what_it_is_passes(said: str) -> None:
    assert list(bare_floats(f"import math\n\n{said}\n")) == []
