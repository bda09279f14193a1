"""`make shape` counts what it says it counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shape

MODULE = '''"""A module."""

import math


class Public:
    """Documented."""

    def half(self, x: float) -> float:
        # Why it is half.
        return x / 2  # and no more

    def bare(self, x):
        return x  # type: ignore[no-any-return]


def _private(*args: int, flag: bool = False) -> None:
    def inner(): ...


async def later(a: int, /, b, *, c: int) -> None: ...
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("amr_a", "amr_b"):
        (tmp_path / "src" / name / name).mkdir(parents=True)
        (tmp_path / "src" / name / "setup.py").touch()
        (tmp_path / "src" / name / name / "__init__.py").write_text('"""Only a docstring."""\n')
    (tmp_path / "scripts").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "src" / "amr_a" / "amr_a" / "m.py").write_text(MODULE)
    return tmp_path


def test_a_package_is_counted(tree: Path) -> None:
    shapes, long = shape.measure(tree)
    found = shapes["amr_a"]
    assert found.modules == [len(MODULE.splitlines())]
    assert sorted(found.functions) == [1, 1, 2, 2, 3]
    assert found.typed == 2  # half, _private
    assert (found.documented, found.public) == (2, 5)  # of module, Public, half, bare, later
    assert found.comments == 2
    assert shapes["all"].row() == found.row() | {"tests_per_line": 0.0}
    assert long == []


def test_the_lines_of_a_test_are_shared_by_what_it_imports(tree: Path) -> None:
    (tree / "tests" / "test_one.py").write_text("import amr_a.m\nfrom amr_b import x\nimport json\n\n")
    (tree / "tests" / "test_two.py").write_text("import os\n")
    shapes, _ = shape.measure(tree)
    assert (shapes["amr_a"].test_lines, shapes["amr_b"].test_lines, shapes["all"].test_lines) == (2.0, 2.0, 5.0)


def test_what_is_too_long_is_named_and_fails_the_check(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shape.main(["--check"], tree) == 0
    body = "    x = 1\n" * shape.FUNCTION_LIMIT
    (tree / "src" / "amr_b" / "amr_b" / "n.py").write_text(f'"""N."""\n\n\ndef f() -> None:\n{body}')
    (tree / "src" / "amr_b" / "amr_b" / "long.py").write_text("x = 1\n" * (shape.MODULE_LIMIT + 1))
    report = tree / "shape.json"
    assert shape.main(["--check", "--json", str(report)], tree) == 1
    assert shape.main([], tree) == 0
    said = capsys.readouterr().out
    assert "src/amr_b/amr_b/n.py:4 f: 61 lines, at most 60" in said
    assert "src/amr_b/amr_b/long.py: 401 lines, at most 400" in said
    assert len(json.loads(report.read_text())["too_long"]) == 2
