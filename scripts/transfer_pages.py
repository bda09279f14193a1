"""Capability sheet and technology readiness: every figure is read out of a page of docs, none is typed here.

`python scripts/write_docs.py` writes them; it ends with an error when a page no longer says what is looked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]


class NotSaidError(Exception):
    """A page of docs does not say (or says more than once) what a generated page takes from it."""


@dataclass(frozen=True)
class Figure:
    """Something measured. text: with {0}, {1} ... for the groups of pattern, which must fit the page exactly once.

    command: what measures it again, "" when the page itself says. once: a first run, after which what is measured was
    changed by what came out: it has no command.
    """

    text: str
    page: str
    pattern: str
    command: str = ""
    once: bool = False

    def __post_init__(self) -> None:
        """Refuse a command for what no command measures."""
        if self.once and self.command:
            raise ValueError(f"{self.text}: a first run has no command that measures it again")

    def row(self, root: Path = ROOT) -> str:
        """Return the row of the sheet."""
        again = "a first run: cannot be measured again" if self.once else "see there"
        if self.command:
            again = f"`{self.command}`"
        return f"| {self.said(root)} | {again} | {_link(self.page)} |"

    def said(self, root: Path = ROOT) -> str:
        """Return the text with the figures of the page; raise NotSaidError."""
        found = re.findall(self.pattern, (root / self.page).read_text(encoding="utf-8"))
        if len(found) != 1:
            raise NotSaidError(f"{self.page} says {len(found)} times what fits {self.pattern!r}, not once")
        groups = found[0] if isinstance(found[0], tuple) else (found[0],)
        return self.text.format(*groups)


_SETS: Final = (
    *(
        ("vi_2", ""),
        ("vi_3", " by another author"),
        ("vi_4", " in three parts"),
        ("vi_5", ", made to be hard"),
    ),
    *(("vi_6", " by the same author"), ("vi_7", " by a third"), ("vi_8", " by a fourth"), ("vi_9", " by a fifth")),
    *(
        ("vi_10", " by a sixth"),
        ("vi_11", ", plainer, by a seventh"),
        ("vi_12", ", mostly unmarked, by an eighth"),
    ),
    *(("vi_13", ", long and polite, by a ninth"), ("vi_14", " by four more"), ("vi_15", ", southern, by two more")),
    ("vi_16", ", as people ask every day, by two more"),
    ("vi_17", " by two more"),
    ("vi_18", " by two behind them"),
    ("vi_18b", " by two more"),
    ("vi_19", " by two of the next four"),
    ("vi_19b", " by the other two"),
    ("vi_20", " by two of four more"),
    ("vi_20b", " by the other two of them"),
    ("vi_21", " by two of the next four"),
    ("vi_21b", " by the other two of them"),
    ("vi_22", " by two of four more"),
)
"""The sets of strangers' questions, and what is said of each."""

CAPABILITIES: Final[tuple[tuple[str, tuple[Figure, ...]], ...]] = (
    ("Fleet and traffic", (
        Figure("12 robots, 90 orders an hour for 8 h: {0} delivered an hour, mean of 10 seeds", "docs/traffic.md",
               r"\| delivered/h \| ([\d.]+) \(all that was asked\)",
               "amr study --robots 12 --orders-per-hour 90 --hours 8 --seeds 10"),
        Figure("of them within 20 min: {0} %, worst seed {1} %", "docs/traffic.md",
               r"\| in time \| ([\d.]+) % \| ([\d.]+) % \|",
               "amr study --robots 12 --orders-per-hour 90 --hours 8 --seeds 10"),
        Figure("orders taken over HTTP and on disk before the answer: {0} a second", "docs/fleet-service.md",
               r"`intake`\) \| 500/s \| (\d+)/s with", "amr bench intake"),
        Figure("restart from 100,000 journal events: {0} s", "docs/fleet-service.md",
               r"restart from 100,000 journal events [^|]*\| <= 10 s \| ([\d.]+) s", "amr bench intake"),
        Figure("`kill -9` of the fleet 100 times: {0} orders, {1} lost, {2} done twice", "docs/fleet-service.md",
               r"`kills --count 100`\)[^|]*\| nothing lost \| (\d+) orders: (\d+) lost, (\d+) made or done twice",
               "amr bench kills --count 100"),
        Figure("live map of 200 robots to 50 browsers: p95 {0} ms after the snapshot", "docs/fleet-service.md",
               r"`live --seconds 30`\) \| p95 <= 250 ms \| \d+ ms median, (\d+) ms p95", "amr bench live --seconds 30"),
    )),
    ("Navigation and perception", (
        Figure("localisation on recorded laser logs of a real building (intel): median {0} m, p95 {1} m, worst {2} m",
               "docs/navigation.md", r"\| intel \| \d+ \| ([\d.]+), ([\d.]+), ([\d.]+) \|",
               "amr bench localization --real FOLDER"),
        Figure("tag of 0.16 m seen from 2 m: {0} mm at p95 (synthetic pictures)", "docs/perception.md",
               r"tag 36h11, 0.16 m, at 2 m, VGA \| synthetic \| mm_p95 ([\d.]+)", "amr bench perception"),
        Figure("Gazebo Harmonic, reference site, 4 robots: {1} of {0} orders delivered, {2} deadlocks", "docs/real.md",
               r"\| cai_cui, 4 \| (\d+) \| (\d+) delivered, 0 failed, (\d+) deadlocks",
               "AMR_REAL_LONG=1 pytest tests/real/test_gazebo_orders.py"),
    )),
    ("Interfaces", (
        Figure("VDA 5050 over MQTT, robots of 2.0, 2.1 and 3.0, a message in a hundred spoilt: {0} of {1} orders",
               "docs/vda5050.md", r"--restarts 10` \| (\d+) of (\d+) orders in",
               "amr bench mqtt-fleet --orders 200 --restarts 10"),
        Figure("a master that others wrote (vda-5050-lib) leads our robot: {0} of {1} orders", "docs/vda5050.md",
               r"one update \| (\d+) of (\d+) orders on 2026-11-26"),
    )),
    ("Assistant: sets of questions when it first saw them, each mended with since", (
        *(Figure(f"`{name}.jsonl`, {{0}} questions{what}: {{1}} %", "docs/assistant.md",
                 rf"\| `{name}\.jsonl` \| (\d+) \| ([\d.]+) % \|", once=True) for name, what in _SETS),
        *(Figure(f"`dialogues_{number}.jsonl`: {{1}} of {{0}} turns right", "docs/assistant.md",
                 rf"\| `dialogues_{number}\.jsonl` \| (\d+) \| (\d+) \|", once=True) for number in range(2, 7)),
        Figure("`out_of_scope.jsonl`: {1} of {0} refused or asked about, {2} became proposals", "docs/assistant.md",
               r"`out_of_scope\.jsonl`, (\d+): (\d+) refused or asked about at the first run, (\d+) became", once=True),
    )),
    ("Assistant: questions that it is neither mended nor taught with", (
        Figure("`unread_23.jsonl`, {0} questions by four authors: {1} %", "docs/assistant.md",
               r"measures a stranger's questions today: of (\d+) ([\d.]+) % are right",
               "amr assistant eval eval/unread_23.jsonl --fixture eval/state.json"),
        Figure("`unread_22.jsonl`, {0} questions by two authors: {1} %", "docs/assistant.md",
               r"says what it does today: of (\d+) ([\d.]+) %",
               "amr assistant eval eval/unread_22.jsonl --fixture eval/state.json"),
        Figure("`unread_24.jsonl`, {0} questions by one author: {1} %", "docs/assistant.md",
               r"eval/unread_24.jsonl --fixture eval/state.json` of (\d+) ([\d.]+) %",
               "amr assistant eval eval/unread_24.jsonl --fixture eval/state.json"),
    )),
)  # fmt: skip

CAPS: Final[dict[str, tuple[int, str]]] = {
    "model": (3, "a simplified model of our own, no independent judge"),
    "simulator": (4, "closed loop in a simulator, judged by ground truth or by programs of others"),
    "bench": (5, "one real robot on a bench"),
    "hall": (6, "a trial in the hall"),
    "season": (7, "a season of operation"),
}
"""Kind of evidence: the highest level that it can show, and what it is. Simulation alone never shows more than 4."""


@dataclass(frozen=True)
class Subsystem:
    """A part of the stack. evidence: (kind, file or folder that shows it); missing: what the next level takes."""

    name: str
    evidence: tuple[tuple[str, str], ...]
    missing: str

    def level(self, root: Path = ROOT) -> int:
        """Return what the evidence shows; raise NotSaidError for evidence that is not there."""
        absent = [path for _, path in self.evidence if not (root / path).exists()]
        if absent:
            raise NotSaidError(f"{self.name}: {', '.join(absent)} is not there")
        return max(CAPS[kind][0] for kind, _ in self.evidence)

    def row(self, root: Path = ROOT) -> str:
        """Return the row of the sheet."""
        shown = ", ".join(f"{_link(path)} ({kind})" for kind, path in self.evidence)
        return f"| {self.name} | {self.level(root)} | {shown} | {self.missing} |"


SUBSYSTEMS: Final[tuple[Subsystem, ...]] = (
    Subsystem("Navigation", (("simulator", "tests/system/run"), ("simulator", "docs/real.md"),
                             ("simulator", "docs/navigation.md")),
              "a real robot on a bench: odometry, brakes, scanners, docking, with the truth measured from outside"),
    Subsystem("Perception", (("simulator", "docs/perception.md"), ("simulator", "tests/real_pictures")),
              "cameras and labels of the real hall, by day and night, on the robot's own computer"),
    Subsystem("Fleet, traffic, doors, fire", (("simulator", "docs/fleet-service.md"), ("simulator", "docs/traffic.md"),
                                              ("simulator", "tests/hosts")),
              "two real robots and one real door under one fleet"),
    Subsystem("VDA 5050 and MQTT", (("simulator", "docs/vda5050.md"), ("simulator", "tests/interop")),
              "a robot of another maker on a bench"),
    Subsystem("Dashboard, reports, records", (("simulator", "tests/e2e"), ("simulator", "docs/records.md"),
                                              ("simulator", "docs/periodic-report.md")),
              "operators of the port who work a shift with it"),
    Subsystem("Trials, dataset, evidence", (("simulator", "docs/sandbox.md"), ("simulator", "docs/dataset.md")),
              "one trial that an authority has permitted"),
    Subsystem("Assistant", (("simulator", "docs/assistant.md"),), "questions that dispatchers asked in their work"),
    Subsystem("Aircraft (UAV)", (("model", "docs/uav.md"),), "an autopilot that is not ours, over MAVLink"),
)  # fmt: skip


def capabilities(root: Path = ROOT) -> str:
    """Return the generated part of docs/capabilities.md."""
    rows: list[str] = []
    for title, figures in CAPABILITIES:
        rows += [f"| **{title}** | | |", *(figure.row(root) for figure in figures)]
    return "\n".join(["| what | measured again by | stands in |", "|---|---|---|", *rows])


def readiness(root: Path = ROOT) -> str:
    """Return the generated part of docs/trl.md."""
    kinds = [f"| {kind} | {cap} | {what} |" for kind, (cap, what) in CAPS.items()]
    rows = [subsystem.row(root) for subsystem in SUBSYSTEMS]
    return "\n".join([
        "| kind of evidence | shows at most | what it is |", "|---|---|---|", *kinds, "",
        "| subsystem | TRL | evidence | the next level takes |", "|---|---|---|---|", *rows,
    ])  # fmt: skip


def _link(path: str) -> str:
    return f"[{Path(path).name}]({Path(path).name})" if path.startswith("docs/") else f"`{path}`"
