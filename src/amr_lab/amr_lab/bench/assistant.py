"""What the assistant's embedded front costs a fleet, each figure beside its limit: in processes of their own.

Of times the median of the processes counts, of CPU and not of the clock: what else runs on the computer takes turns and
not CPU. It takes caches, though: a busy computer may miss a limit that a quiet one keeps.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution, packages_distributions
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from amr_core.errors import AmrError
from amr_fleet.assistant.evaluate import load_facts, load_rows
from amr_lab.bench.engine_share import engine_share

PROCESSES: Final = 5
QUESTIONS: Final = 100
_EVAL: Final = Path(__file__).resolve().parents[4] / "eval"
ROWS: Final = _EVAL / "unread_23.jsonl"
STATE: Final = _EVAL / "state.json"
_PACKAGES: Final = ("amr_core", "amr_uav", "amr_ros", "amr_navigation", "amr_perception", "amr_fleet", "amr_interop",
                    "amr_sim", "amr_description", "amr_bringup", "amr_lab")  # fmt: skip
_CHILD: Final = """
import gc, json, resource, sys, time
from pathlib import Path
import amr_fleet.assistant.tools, amr_fleet.requests, amr_fleet.service  # what a fleet has without the grammar
def memory():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
said = json.loads(sys.stdin.read())
before, began = memory(), time.process_time()
import amr_fleet.assistant.understanding
loaded, figures = time.process_time(), {"without_mb": before}
figures |= {"load_ms": 1000.0 * (loaded - began), "loaded_mb": memory() - before}
from amr_fleet.assistant.desk import WARMS
from amr_fleet.assistant.state import Facts
facts = Facts.model_validate_json(said["state"])
began = time.process_time()
understanding = amr_fleet.assistant.understanding.Understanding(facts)
for text in WARMS:
    understanding.read(text)
figures |= {"warm_ms": 1000.0 * (time.process_time() - began), "warm_mb": memory() - before}
from amr_fleet.assistant.dialogue import Conversation
spent = []
for text in said["questions"]:
    began = time.process_time()
    Conversation(user="bench", role="operator").ask(understanding, text, at=0.0)
    spent.append(1000.0 * (time.process_time() - began))
figures |= {"answers_ms": spent, "asked_mb": memory() - before}
print(json.dumps(figures))
"""


@dataclass(frozen=True)
class Cost:
    """One figure of what the front costs. most: the largest of the processes; limit: None = there is none."""

    part: str
    unit: str
    figure: float
    most: float
    limit: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.limit is None or self.figure <= self.limit


def at_hand() -> bool:
    """Whether the questions of the checkout are there: what is installed from wheels has none."""
    return ROWS.is_file() and STATE.is_file()


def costs(rows: Path = ROWS, state: Path = STATE, processes: int = PROCESSES) -> list[Cost]:
    """Return what the front costs, measured with the first QUESTIONS of a file of questions about a state.

    Raises assistant.bad_file.
    """
    texts = [str(row["text"]) for row in load_rows(rows) if "text" in row][:QUESTIONS]
    if not texts:
        raise AmrError("assistant.bad_file", path=str(rows), reason="no questions in it")
    load_facts(state)  # says what is wrong with it
    told = json.dumps({"questions": texts, "state": state.read_text(encoding="utf-8")})
    runs = [_run(told) for _ in range(processes + 1)][1:]  # the first may have compiled our modules
    answers = [sorted(run["answers_ms"])[int(0.95 * len(texts))] for run in runs]
    wheels = {name: _packed(name) for name in own_libraries()}
    megabytes = sum(wheels.values()) / 1e6
    return [
        _cost("grammar loaded, CPU", "ms", [run["load_ms"] for run in runs], 300.0),
        _cost("then the site and four first questions, by itself, CPU", "ms", [run["warm_ms"] for run in runs]),
        _cost(f"an answer, p95 of {len(texts)}, CPU", "ms", answers, 50.0),
        _cost("memory without it", "MB", [run["without_mb"] for run in runs]),
        _cost("memory more with the grammar loaded", "MB", [run["loaded_mb"] for run in runs], 20.0),
        _cost("memory more after four questions", "MB", [run["warm_mb"] for run in runs], 20.0),
        _cost(f"memory more after {len(texts)} questions", "MB", [run["asked_mb"] for run in runs], 20.0),
        _cost("of the engine's steps: assistant and flights, where neither is used", "%", [engine_share()], 5.0),
        _cost(f"downloads that only it needs: {', '.join(wheels) or 'none'}", "MB", [megabytes], 5.0),
    ]


def _cost(part: str, unit: str, values: Sequence[float], limit: float | None = None) -> Cost:
    return Cost(part, unit, round(statistics.median(values), 2), round(max(values), 2), limit)


def _run(told: str) -> dict[str, Any]:
    # As a fleet starts: with the compiled modules that Python keeps.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    call = [sys.executable, "-c", _CHILD]
    done = subprocess.run(call, check=True, capture_output=True, text=True, input=told, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def own_libraries() -> list[str]:
    """Return the distributions that the assistant's modules import and no other module of ours does."""
    its, others = set[str](), set[str]()
    for path in _modules():
        (its if "assistant" in path.parts else others).update(_imported(path))
    of = packages_distributions()
    return sorted({of[name][0] for name in its - others if name in of and not name.startswith("amr_")})


def _modules() -> Iterator[Path]:
    for name in _PACKAGES:
        yield from Path(str(importlib.import_module(name).__file__)).parent.rglob("*.py")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _packed(name: str) -> int:
    """Return the bytes of an installed distribution packed as its wheel is."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in distribution(name).files or ():
            path = Path(str(file.locate()))
            if path.is_file() and path.suffix != ".pyc":
                archive.write(path, str(file))
    return len(packed.getvalue())


def show(found: Sequence[Cost]) -> bool:
    """Print the figures beside their limits; return whether all are kept."""
    table = Table("the assistant's embedded front", "unit", "median", "most", "limit", "kept")
    for one in found:
        limit = "" if one.limit is None else f"{one.limit:g}"
        kept = "" if one.limit is None else "yes" if one.met else "NO"
        table.add_row(one.part, one.unit, str(one.figure), str(one.most), limit, kept)
    Console().print(table)
    return all(one.met for one in found)
