"""`make bench-pair BASE=DIR`: the figures of `amr bench` here and in another checkout, in turn, and their ratio.

Usage: paired_bench.py OTHER [--pairs N] [--part NAME]... [--limit PERCENT] [--json FILE]
  OTHER: a checkout that is set up. --part: hot (what `make bench` prints; the default), intake, live or screen.
  --pairs: how often both run (5); here comes first in odd pairs, last in even ones, so that a machine whose speed
  drifts treats both alike. --limit: how much worse a figure may be (5 %).

The ratio of a figure is here / there within a pair, its median over the pairs counts, and its range is printed. A row
is marked "worse" when the median is worse by more than the limit, and "unsure" when a pair was nevertheless better
here. Percentiles of single runs (p99, p95) and times of a wall clock on a busy machine need more pairs than
medians of CPU time do. A difference of one in the last printed digit is none. Exit code 1 when a row is worse.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surroundings import neutral

ROOT = Path(__file__).resolve().parent.parent
PARTS = {"hot": (), "intake": ("intake",), "live": ("live",), "screen": ("screen",)}
# How a figure is read by its name or unit; what is in neither list says how much was done, not how well.
LOWER = re.compile(
    r"(^|_)(ms|us|mm|deg|cores?|count|mb|cm|rms|rmse|wrong|wrong_ids|retries|cleared_s|confirm_s|restart_s|restart_cpu_s|false)(_|$)"
)
HIGHER = re.compile(r"(^|_)(robots whose|orders/h|orders_per|messages_per|pictures_per|fps_per|.*share|mota)")
DIGIT = 0.001  # no figure is printed with more


@dataclass(frozen=True)
class Figure:
    """A value of one run, and whether less of it is better."""

    value: float
    less: bool


@dataclass(frozen=True)
class Compared:
    """A figure over all pairs; ratios are here / there."""

    name: str
    there: float
    here: float
    ratios: tuple[float, ...]
    less: bool

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    def verdict(self, limit: float) -> str:
        """Return "worse", "unsure" or nothing; limit: 0.05 is 5 %."""
        if abs(self.here - self.there) <= 1.001 * DIGIT:
            return ""
        worse = [ratio > 1.0 if self.less else ratio < 1.0 for ratio in self.ratios]
        far = self.ratio > 1.0 + limit if self.less else self.ratio < 1.0 / (1.0 + limit)
        return "" if not far else "worse" if all(worse) else "unsure"


def figures(content: Any) -> dict[str, Figure]:
    """Return the figures of the JSON of a bench that can be better or worse, by a readable name."""
    return {name: Figure(float(value), less) for name, value, less in _figures(content, "")}


def _figures(content: Any, path: str) -> Iterator[tuple[str, float, bool]]:
    if isinstance(content, Mapping) and "part" in content:
        less = not HIGHER.match(f"{content['part']}") and not HIGHER.match(f"{content['unit']}")
        for column in ("median", "p99"):
            yield f"{content['part']}, {column} ({content['unit']})", content[column], less
    elif isinstance(content, Mapping) and "capability" in content:
        yield from _metrics(content["metrics"], content["capability"], content["goal"])
    elif isinstance(content, Mapping):
        yield from _metrics(content, path, {})
        for name, value in content.items():
            yield from _figures(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from _figures(value, path)


def _metrics(metrics: Mapping[str, Any], title: str, goals: Mapping[str, str]) -> Iterator[tuple[str, float, bool]]:
    for name, value in metrics.items():
        goal = goals.get(name, "")
        less = goal.startswith("<") or (not goal and bool(LOWER.search(name)))
        more = goal.startswith(">") or (not goal and bool(HIGHER.match(name)))
        if isinstance(value, int | float) and not isinstance(value, bool) and less != more:
            yield f"{title}: {name}" if title else name, value, less


def compare(pairs: Sequence[tuple[Mapping[str, Figure], Mapping[str, Figure]]]) -> list[Compared]:
    """Return each figure that both sides have in every pair; pairs: (there, here)."""
    names = [name for name in pairs[0][1] if all(name in side for pair in pairs for side in pair)]
    return [_compared(name, [(there[name], here[name]) for there, here in pairs]) for name in names]


def _compared(name: str, values: Sequence[tuple[Figure, Figure]]) -> Compared:
    ratios = tuple(1.0 if a.value == b.value else b.value / a.value if a.value else float("inf") for a, b in values)
    there, here = (statistics.median(pair[side].value for pair in values) for side in (0, 1))
    return Compared(name, there, here, ratios, values[0][1].less)


def run_bench(checkout: Path, part: str) -> dict[str, Figure]:
    """Run a part of the bench of a checkout; return its figures."""
    with tempfile.TemporaryDirectory(prefix="amr_pair_") as folder:
        output = Path(folder) / "bench.json"
        call = [str(checkout / ".venv" / "bin" / "amr"), "bench", *PARTS[part], "--json", str(output)]
        done = subprocess.run(
            call, cwd=checkout, env=neutral(os.environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if not output.is_file():
            raise SystemExit(f"{done.stdout[-2000:]}\nno figures from: {' '.join(call)}")
        return figures(json.loads(output.read_text(encoding="utf-8")))


def run_pairs(other: Path, part: str, pairs: int) -> list[tuple[dict[str, Figure], dict[str, Figure]]]:
    """Run both so often; return (there, here) of each pair."""
    found = []
    for number in range(pairs):
        order = (ROOT, other) if number % 2 == 0 else (other, ROOT)
        by_checkout = {checkout: run_bench(checkout, part) for checkout in order}
        found.append((by_checkout[other], by_checkout[ROOT]))
        print(f"{part}: pair {number + 1} of {pairs}", file=sys.stderr, flush=True)
    return found


def table(rows: Sequence[Compared], limit: float) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| figure | there | here | here / there | of the pairs | |", "|---|---|---|---|---|---|"]
    for row in rows:
        spread = f"{min(row.ratios):.2f} to {max(row.ratios):.2f}"
        lines.append(
            f"| {row.name} | {row.there:g} | {row.here:g} | {row.ratio:.2f} | {spread} | {row.verdict(limit)} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run the pairs and print the tables."""
    parser = argparse.ArgumentParser(description="Figures of amr bench here and in another checkout, in turn.")
    parser.add_argument("other", type=Path)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--part", action="append", choices=sorted(PARTS))
    parser.add_argument("--limit", type=float, default=5.0, help="percent")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.pairs < 1:
        parser.error("--pairs: at least 1")
    other = chosen.other.resolve()
    if not (other / ".venv" / "bin" / "amr").is_file():
        parser.error(f"{chosen.other}: no .venv/bin/amr there; call make setup in it first")
    limit, worse, kept = chosen.limit / 100.0, False, {}
    for part in chosen.part or ["hot"]:
        rows = compare(run_pairs(other, part, chosen.pairs))
        print(f"\n{part}, {chosen.pairs} pairs\n\n{table(rows, limit)}")
        worse |= any(row.verdict(limit) == "worse" for row in rows)
        kept[part] = {row.name: {"there": row.there, "here": row.here, "ratios": row.ratios} for row in rows}
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
