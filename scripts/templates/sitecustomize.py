"""Makes the code generators of rosidl five times as fast: a template is scanned and a message parsed once.

Python imports a module of this name at its start; the set-up puts this folder on PYTHONPATH, nobody else does. EmPy
scans a template character by character in Python, and rosidl expands the same dozen templates for each message, service
and action; each of its five generators parses each of them anew, at 20 ms each. AMR_PARSED_IDL: the folder where what
was parsed is kept for the next generator. What is generated stays the same to the byte (tests/unit/test_setup.py), but
for the descriptions of types: their static names are told apart by file, so that many compile as one.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import os
import pickle
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
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


def remember(parser: Any) -> None:
    """Let rosidl's parser look for what another generator parsed, in the folder of AMR_PARSED_IDL."""
    folder = os.environ.get("AMR_PARSED_IDL")
    if not folder or not hasattr(parser, "parse_idl_string"):
        return
    parse = parser.parse_idl_string

    def parse_idl_string(idl_string: str, png_file: str | None = None) -> Any:
        known = Path(folder, hashlib.sha256(idl_string.encode()).hexdigest())
        if known.exists():
            return pickle.loads(known.read_bytes())
        content = parse(idl_string, png_file=png_file)
        known.parent.mkdir(parents=True, exist_ok=True)
        # Generators run side by side: another never sees half of it.
        part = known.with_name(f"{known.name}.{os.getpid()}")
        part.write_bytes(pickle.dumps(content))
        part.replace(known)
        return content

    parser.parse_idl_string = parse_idl_string


def tell_apart(common: Any) -> None:
    """Let rosidl_pycommon write descriptions of types of which several can be one file for the compiler."""
    if not hasattr(common, "expand_template"):
        return
    expand = common.expand_template

    def expand_template(
        template_name: str, *args: Any, post_process_callback: Callable[[str], str] | None = None, **options: Any
    ) -> None:
        process = post_process_callback or str
        if template_name == "idl__description.c.em":
            expand(template_name, *args, post_process_callback=lambda text: apart(process(text)), **options)
        else:
            expand(template_name, *args, post_process_callback=post_process_callback, **options)

    common.expand_template = expand_template


def apart(source: str) -> str:
    """Return a description with its type's name at the end of each static name of the file."""
    told = re.search(r"^// with input from \w+:(\w+)/(\w+)\.idl$", source, re.MULTILINE)
    if told is None:
        return source
    static = set(re.findall(r"^static (?:const )?\w+ (\w+)", source, re.MULTILINE))
    return re.sub(r"\w+", lambda word: f"{word[0]}__of_{told[1]}_{told[2]}" if word[0] in static else word[0], source)


class _Finder(importlib.abc.MetaPathFinder):
    """Changes a module when somebody imports it."""

    def __init__(self, name: str, change: Callable[[Any], None]) -> None:
        self._name, self._change = name, change

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            run: Callable[[ModuleType], None] = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                self._change(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


_CHANGES = {"em": quicken, "rosidl_parser.parser": remember, "rosidl_pycommon": tell_apart}
sys.meta_path[:0] = [_Finder(name, change) for name, change in _CHANGES.items()]
