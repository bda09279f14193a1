"""The page of mutants: what lives and why that is no harm. The figures are written, the reasons are kept."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path

BAR = 0.85
"""Share of the mutants of a module that tests must kill."""
KILLED = {1, 3}
TIMED_OUT = {-24, 24, 36, 152, 255}
REFUSED = 37
ROW = re.compile(r"^\| `(\S+)` \| (\d+) \| (\d+) \| \d+ % \| (\d+) \|", re.MULTILINE)
"""Of the table: module, killed, judged, killed since."""
TIMES = re.compile(r" \((\d+) times\)$")
UNKNOWN = "**not explained yet**"
HEAD = """# Mutants

`make mutants` changes one thing at a time in the modules below ([mutmut](https://github.com/boxed/mutmut), settings in
`pyproject.toml`) and runs the unit tests that call the changed function. A mutant that no test notices lives: its
reason stands below it, and the command fails while one is missing or a module is under 85 %. The command writes table
and list, people write the reasons; a reason goes when its line changes.

Killed and share are those of the last run of a module. Since: how many of those that lived then were tried one by one
after new tests and die, or are refused by now; a run sets it to 0. Killed, since and the lines below are all of them.
Refused: mypy does not accept the mutant, so it never reaches a test; it counts for nothing here. Timed out: it never
ended, or the machine was busy; it counts for nothing either. Not run: left out of the last run, so the share is that of
a sample. Properties and what stands outside of functions are not changed by mutmut. The kernels of the collision
monitor run as plain Python here, without their `@njit`.

"""


@dataclass
class Module:
    """What became of the mutants of one module. alive: names."""

    name: str
    killed: int = 0
    timed_out: int = 0
    refused: int = 0
    alive: list[str] = field(default_factory=list)
    open: int = 0
    seconds: float = 0.0

    @property
    def judged(self) -> int:
        """Mutants that a test noticed or that live; a time-out may have been the load of the machine."""
        return self.killed + len(self.alive)

    @property
    def ran(self) -> bool:
        """Whether the last run took anything of it; without it the page keeps what it says."""
        return self.judged + self.timed_out > 0

    @property
    def share(self) -> float:
        """Killed of those that were judged, 0..1."""
        return self.killed / max(1, self.judged)


def read(results: Path) -> list[Module]:
    """Return what mutmut left behind, by module."""
    found = []
    for path in sorted(results.glob("src/**/*.py.meta")):
        meta = json.loads(path.read_text(encoding="utf-8"))
        module = Module(".".join(path.relative_to(results / "src").with_suffix("").with_suffix("").parts))
        for name, code in meta["exit_code_by_key"].items():
            module.killed += code in KILLED
            module.timed_out += code in TIMED_OUT
            module.refused += code == REFUSED
            module.open += code is None
            if code is not None and code not in KILLED | TIMED_OUT and code != REFUSED:
                module.alive.append(name)
        module.seconds = sum(meta["durations_by_key"].values())
        if meta["exit_code_by_key"]:
            found.append(module)
    return found


def alive(results: Path) -> list[str]:
    """Return the names of the mutants that lived or were not judged in the last run."""
    return [name for module in read(results) for name in module.alive]


def change(source: str, mutant: str) -> tuple[str, str, str]:
    """Return function, line before and line after of a mutant in a file that mutmut wrote."""
    base, _, _ = mutant.rpartition(".")[2].partition("__mutmut_")
    name = mutant.rpartition(".")[2]
    before, after = (_body(source, each) for each in (f"{base}__mutmut_orig", name))
    lines = list(unified_diff(before, after, n=0, lineterm=""))[3:]
    cut = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    put = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    function = re.sub(r"^x_", "", base).removeprefix("xǁ").replace("ǁ", ".")
    return function, cut, put


def _body(source: str, function: str) -> list[str]:
    """Return the lines of a function, without its name and blank lines."""
    lines = iter(source.splitlines())
    for line in lines:
        if re.match(rf" *def {re.escape(function)}\b", line):
            break
    else:
        raise LookupError(function)
    depth = len(line) - len(line.lstrip())
    found = [line.replace(function, "")]
    for line in filter(str.strip, lines):
        if len(line) - len(line.lstrip()) <= depth and not line.lstrip().startswith(")"):
            break
        found.append(line)
    return found


def reasons(page: str) -> dict[str, str]:
    """Return the reasons that stand on a page, by the line above them."""
    found: dict[str, str] = {}
    section = ""
    lines = page.splitlines()
    for here, after in pairwise([*lines, ""]):
        if here.startswith("## "):
            section = here[3:]
        if here.startswith("- ") and after.startswith("  ") and after.strip() != UNKNOWN:
            found[f"{section} {here}"] = after.strip()
    return found


def lines_of(module: Module, source: str) -> Iterator[str]:
    """Return a line for each mutant that lives."""
    told = Counter(_line(*change(source, name)) for name in module.alive)
    for line, times in told.items():
        yield line + (f" ({times} times)" if times > 1 else "")


def _line(function: str, cut: str, put: str) -> str:
    return f"- `{function}`: `{cut}` becomes `{put}`".replace("`` ", "` ")


def text(modules: Iterable[Module], sources: Mapping[str, str], page: str = "") -> tuple[str, int]:
    """Return the page anew and how many mutants on it have no reason.

    page: the one before. It gives the reasons, and all that is said of modules of which nothing ran this time.
    """
    listed, old = list(modules), reasons(page)
    out = [
        HEAD,
        "| module | killed | of | share | since | timed out | refused | not run | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for m in listed:
        if not m.ran and (kept := _row(page, m.name)):
            out.append(kept)
            continue
        row = (f"`{m.name}`", m.killed, m.judged, f"{100 * m.share:.0f} %", 0, m.timed_out, m.refused, m.open)
        out.append("| " + " | ".join(map(str, row)) + f" | {m.seconds:.0f} |")
    unexplained = 0
    for m in listed:
        if not m.ran and (section := _section(page, m.name)):
            out.append(f"\n{section}")
            unexplained += section.count(UNKNOWN)
        if not m.alive:
            continue
        out.append(f"\n## {m.name}")
        for line in lines_of(m, sources[m.name]):
            reason = old.get(f"{m.name} {line}", UNKNOWN)
            unexplained += reason == UNKNOWN
            out += [line, f"  {reason}"]
    return "\n".join(out) + "\n", unexplained


def _row(page: str, module: str) -> str:
    """Return what a page's table says of a module; "" where it is not in it."""
    return next((line for line in page.splitlines() if line.startswith(f"| `{module}` |")), "")


def _section(page: str, module: str) -> str:
    """Return what lives in a module by a page, with its heading; "" where nothing does."""
    _, heading, rest = f"\n{page}".partition(f"\n## {module}\n")
    return (heading + rest.partition("\n## ")[0]).strip()


def contradictions(page: str) -> list[str]:
    """Return the modules of a page whose list is not what its table leaves alive, with both numbers."""
    found = []
    for name, killed, judged, since in ROW.findall(page):
        lines = [line for line in _section(page, name).splitlines() if line.startswith("- ")]
        listed = sum(int(times[1]) if (times := TIMES.search(line)) else 1 for line in lines)
        left = int(judged) - int(killed) - int(since)
        if listed != left:
            found.append(f"{name}: {left} live by the table, {listed} are listed")
    return found


def write(results: Path, page: Path | None) -> int:
    """Print the table and write the page, or print what lives when there is no page; 0 when all is as it should be."""
    modules = read(results)
    if not modules:
        print("no results: call `make mutants` first")
        return 2
    paths = {m.name: results / "src" / (m.name.replace(".", "/") + ".py") for m in modules}
    sources = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    for m in (each for each in modules if each.ran):
        left = f", {m.timed_out} timed out, {m.open} not run"
        print(f"{m.name}: {m.killed} of {m.judged} killed ({100 * m.share:.1f} %){left}")
    if page is None:
        print("\n".join(f"{m.name} {line}" for m in modules for line in lines_of(m, sources[m.name])))
        return 1 if any(m.alive for m in modules) else 0
    written, unexplained = text(modules, sources, page.read_text(encoding="utf-8") if page.is_file() else "")
    page.write_text(written, encoding="utf-8")
    weak = [m.name for m in modules if m.ran and m.share < BAR]
    if weak:
        print(f"under {100 * BAR:.0f} %: {', '.join(weak)}")
    if unexplained:
        print(f"{unexplained} mutants live without a reason: write one below each in {page.name}")
    return 1 if weak or unexplained else 0
