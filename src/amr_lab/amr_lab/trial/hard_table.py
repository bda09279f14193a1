"""Runs the hard cases with many seeds and prints what came of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from amr_core.errors import AmrError
from amr_lab.trial.hard import CASES, LIMITS, CaseVerdict


def run_hard(seeds: Iterable[int], only: str, output: Path | None) -> bool:
    """Run the cases named in only (comma separated, empty = all) with each of the seeds.

    Return whether all passed that are required to.
    """
    every = CASES | LIMITS
    names = [name for name in only.split(",") if name] or list(every)
    unknown = [name for name in names if name not in every]
    if unknown:
        raise AmrError("run.bad_option", option="--only", value=unknown[0], reason=f"one of {', '.join(every)}")
    verdicts: list[CaseVerdict] = []
    fine = True
    console = Console()
    for name in names:
        for seed in seeds:
            verdict = every[name](seed)
            verdicts.append(verdict)
            fine = fine and (verdict.passed or name in LIMITS)
            if not verdict.passed:
                console.print(f"{verdict.case}, seed {seed}: failed, codes {verdict.codes} {verdict.note}")
    console.print(_table(verdicts))
    if output is not None:
        output.write_text(json.dumps([asdict(v) for v in verdicts], indent=2) + "\n")
    return fine


def _table(verdicts: Iterable[CaseVerdict]) -> Table:
    table = Table("case", "passed", "collisions", "closest m", "longest false way m", "codes", title="hard cases")
    groups: dict[str, list[CaseVerdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.case, []).append(verdict)
    for case, group in groups.items():
        codes = sorted({code for v in group for code in v.codes})
        table.add_row(
            case,
            f"{sum(v.passed for v in group)} of {len(group)}",
            str(sum(v.collisions for v in group)),
            f"{min(v.closest for v in group):.3f}",
            f"{max(v.false_way for v in group):.2f}",
            " ".join("busy" if code < 0 else str(code) for code in codes),
        )
    return table
