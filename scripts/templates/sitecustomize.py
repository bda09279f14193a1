"""Makes the code generators of rosidl four times as fast: a template is scanned once, not once for each message.

Python imports a module of this name at its start; the set-up puts this folder on PYTHONPATH, nobody else does. EmPy
scans a template character by character in Python, and rosidl expands the same dozen templates for each message, service
and action. What is generated stays the same to the byte (tests/unit/test_setup.py).
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType, ModuleType
from typing import Any

Names = dict[str, Any]


@cache
def _compiled(source: str, mode: str) -> CodeType:
    return compile(source, "<template>", mode)


def _evaluate(_core: Any, expression: str, globals_: Names, locals_: Names | None = None) -> Any:
    return eval(_compiled(expression.strip(), "eval"), globals_, globals_ if locals_ is None else locals_)


def _execute(_core: Any, statements: str, globals_: Names, locals_: Names | None = None) -> None:
    exec(_compiled(statements, "exec"), globals_, globals_ if locals_ is None else locals_)


def _scan(em: Any, interpreter: Any, text: str) -> list[Any]:
    """Return all tokens of a template; they hold no state of a run."""
    scanner = em.Scanner(interpreter.config, interpreter.getContext(), interpreter.currents, text)
    tokens = []
    while (token := scanner.one()) is not None:
        tokens.append(token)
        scanner.accumulate()
    return tokens


def quicken(em: Any) -> None:
    """Let interpreters of EmPy 4 keep what they have scanned and compiled; another EmPy stays as it is."""
    if not all(hasattr(em, name) for name in ("Core", "Scanner", "Interpreter", "TransientParseError")):
        return
    known: dict[str, list[Any]] = {}

    def string(interpreter: Any, text: str, locals: Names | None = None, _dispatcher: object = None) -> None:
        if text not in known:
            try:
                known[text] = _scan(em, interpreter, text)
            except em.TransientParseError:  # the last markup wants to see what follows it
                known[text] = _scan(em, interpreter, f"{text}{interpreter.config.prefix}\n")
        interpreter.runSeveral(known[text], locals)

    em.Interpreter.string = string
    em.Core.evaluate, em.Core.execute = _evaluate, _execute


class _Finder(importlib.abc.MetaPathFinder):
    """Quickens EmPy when somebody imports it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "em":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            run: Callable[[ModuleType], None] = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                quicken(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Finder())
