"""`make shape`: how long modules and functions are, how much is typed, documented, explained and tested, by package.

Usage: shape.py [--json FILE] [--check]   (--check: exit code 1 when a module or a function is longer than its limit)

Median and p90 are of lines, blank ones and comments included. typed: share of the functions with a type for every
parameter and for what they return. documented: share of the public modules, classes and functions with a docstring.
comments: per 100 lines, without those that only speak to a tool. tests: lines of tests per line of source; the lines
of a test file are shared by the packages that it imports.
"""

from __future__ import annotations

import ast
import io
import json
import re
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE_LIMIT, FUNCTION_LIMIT = 400, 60
TO_A_TOOL = re.compile(r"#\s*(type:|noqa|fmt:|pragma|!)")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Shape:
    """What was counted in one package."""

    modules: list[int] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    typed: int = 0
    public: int = 0
    documented: int = 0
    comments: int = 0
    test_lines: float = 0.0

    def row(self) -> dict[str, float]:
        """Return the figures of the table; shares 0..1."""
        lines = sum(self.modules)
        return {
            "modules": len(self.modules), "lines": lines,
            "module_median": _median(self.modules), "module_p90": _p90(self.modules),
            "function_median": _median(self.functions), "function_p90": _p90(self.functions),
            "typed": self.typed / max(1, len(self.functions)), "documented": self.documented / max(1, self.public),
            "comments_per_100": 100.0 * self.comments / max(1, lines),
            "tests_per_line": self.test_lines / max(1, lines),
        }  # fmt: skip


@dataclass(frozen=True)
class TooLong:
    """A module or function above its limit (lines)."""

    where: str
    lines: int
    limit: int


def _median(lengths: Sequence[int]) -> float:
    return float(statistics.median(lengths)) if lengths else 0.0


def _p90(lengths: Sequence[int]) -> float:
    return float(sorted(lengths)[min(len(lengths) - 1, int(0.9 * len(lengths)))]) if lengths else 0.0


def is_typed(function: Function) -> bool:
    """Whether every parameter but self or cls, and what is returned, has a type."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    bound = named[:1] if named and named[0].arg in ("self", "cls") else []
    rest = [*named[len(bound) :], *arguments.kwonlyargs, *(a for a in (arguments.vararg, arguments.kwarg) if a)]
    return function.returns is not None and all(a.annotation is not None for a in rest)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method, nested ones included."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def public(body: Iterable[ast.stmt]) -> Iterator[ast.ClassDef | Function]:
    """Yield the public classes, functions and methods of a module."""
    for node in body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def comments(text: str) -> int:
    """Return how many comments there are, without those that only speak to a tool."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(t.type == tokenize.COMMENT and not TO_A_TOOL.match(t.string) for t in tokens)


def add_module(shape: Shape, file: Path, where: str) -> list[TooLong]:
    """Count a module; return what is too long in it. An __init__.py that only has a docstring is left out."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    if file.name == "__init__.py" and len(tree.body) <= 1:
        return []
    lines = len(text.splitlines())
    shape.modules.append(lines)
    found = [TooLong(where, lines, MODULE_LIMIT)] if lines > MODULE_LIMIT else []
    for function in functions(tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        shape.functions.append(length)
        shape.typed += is_typed(function)
        if length > FUNCTION_LIMIT:
            found.append(TooLong(f"{where}:{function.lineno} {function.name}", length, FUNCTION_LIMIT))
    members: list[ast.Module | ast.ClassDef | Function] = [tree, *public(tree.body)]
    shape.public += len(members)
    shape.documented += sum(ast.get_docstring(member) is not None for member in members)
    shape.comments += comments(text)
    return found


def imported(file: Path, owner: Mapping[str, str]) -> set[str]:
    """Return the packages that a file imports; owner: the package of each top-level module."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return {owner[name] for name in found & set(owner)}


def measure(root: Path) -> tuple[dict[str, Shape], list[TooLong]]:
    """Return the shape of each Python package under src/, of scripts and of all, and what is too long."""
    names = sorted(path.parent.name for path in root.glob("src/*/setup.py"))
    folders = {name: root / "src" / name / name for name in names} | {"scripts": root / "scripts"}
    shapes, total, long = {name: Shape() for name in folders}, Shape(), list[TooLong]()
    for name, folder in folders.items():
        for file in sorted(folder.rglob("*.py")):
            long += add_module(shapes[name], file, str(file.relative_to(root)))
            add_module(total, file, "")
    owner = {name: name for name in names} | {file.stem: "scripts" for file in folders["scripts"].glob("*.py")}
    for file in sorted({*root.glob("tests/**/*.py"), *root.glob("src/*/test/**/*.py")}):
        lines = len(file.read_text(encoding="utf-8").splitlines())
        total.test_lines += lines
        tested = imported(file, owner)
        for name in tested:
            shapes[name].test_lines += lines / len(tested)
    return {**shapes, "all": total}, long


def table(shapes: dict[str, Shape]) -> str:
    """Return the figures as a Markdown table."""
    head = ["package", "modules", "lines", "module median, p90", "function median, p90"]
    head += ["typed", "documented", "comments/100", "tests"]
    rows = [head, ["---"] * len(head)]
    for name, shape in shapes.items():
        row = shape.row()
        rows.append([
            name, f"{row['modules']:.0f}", f"{row['lines']:.0f}",
            f"{row['module_median']:.0f}, {row['module_p90']:.0f}",
            f"{row['function_median']:.0f}, {row['function_p90']:.0f}",
            f"{row['typed']:.0%}", f"{row['documented']:.0%}",
            f"{row['comments_per_100']:.1f}", f"{row['tests_per_line']:.2f}",
        ])  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Print the table and what is too long."""
    shapes, long = measure(root)
    print(table(shapes))
    for one in long:
        print(f"{one.where}: {one.lines} lines, at most {one.limit}")
    if "--json" in arguments:
        content = {"packages": {n: s.row() for n, s in shapes.items()}, "too_long": [asdict(one) for one in long]}
        Path(arguments[arguments.index("--json") + 1]).write_text(json.dumps(content, indent=2) + "\n")
    return 1 if long and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
