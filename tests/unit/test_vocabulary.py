"""Closed vocabularies: what the sources say is listed, the journal refuses the rest, old journals read as before."""

from __future__ import annotations

import ast
import gzip
import json
import re
import runpy
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import pytest

from amr_core import vda5050
from amr_core.errors import ERRORS, AmrError
from amr_fleet import vocabulary
from amr_fleet.domain.orders import FleetState
from amr_fleet.journal_kinds import JOURNAL
from amr_fleet.requests import AddNote, CancelOrder, ReassignOrder
from amr_fleet.store.journal import JournalStore
from amr_fleet.visit_requests import SetCutoff
from amr_uav.model import FlightMode
from tests.unit.test_fleet_commands import do
from tests.unit.test_fleet_engine import create, rehearsal

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("data")
PACKAGES = sorted((ROOT / "src").glob("amr_*/amr_*/**/*.py"))
FLEET = [p for p in PACKAGES if "amr_fleet" in p.parts]
STATES = {
    *get_args(vocabulary.OrderState), *get_args(vocabulary.RobotStatus), *get_args(vocabulary.EmergencyStop),
    *get_args(vocabulary.FlightState), *get_args(FlightMode), *get_args(vocabulary.LiftMode),
}  # fmt: skip
WIRE = {
    *get_args(vda5050.ActionStatus), *get_args(vda5050.OperatingMode), *get_args(vda5050.EStop),
    *get_args(vda5050.ErrorLevel), *get_args(vda5050.BlockingType),
}  # fmt: skip


def _calls(paths: list[Path], name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (
                (isinstance(node.func, ast.Name) and node.func.id == name)
                or (isinstance(node.func, ast.Attribute) and node.func.attr == name)
            ):
                yield f"{path.name}:{node.lineno}", node


def _words(node: ast.expr) -> list[str]:
    """Return the strings that an expression may be: itself, or both sides of a condition."""
    if isinstance(node, ast.IfExp):
        return _words(node.body) + _words(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_every_error_that_a_source_raises_is_listed_with_its_facts() -> None:
    wrong = []
    for where, call in _calls(PACKAGES, "AmrError"):
        for code in _words(call.args[0]) if call.args else []:
            named = {k.arg for k in call.keywords}
            wanted = set(re.findall(r"\{(\w+)\}", ERRORS[code][1])) if code in ERRORS else {"a line in ERRORS"}
            if not (wanted <= named or None in named):
                wrong.append(f"{where}: {code} lacks {sorted(wanted - {n for n in named if n})}")
    assert wrong == []


def test_every_entry_that_a_source_writes_has_the_facts_of_its_kind() -> None:
    wrong = []
    for where, call in _calls(FLEET, "emit"):
        for word in _words(call.args[0]):
            kind = JOURNAL.get(word)  # type: ignore[call-overload]
            facts = {k.arg for k in call.keywords if k.arg is not None} - {"order_id", "robot", "facts"}
            if kind is None or (not kind.open_to and not facts <= kind.facts.keys() | kind.more.keys()):
                wrong.append(f"{where}: {word} {sorted(facts)}")
    assert wrong == []


def test_no_source_of_the_fleet_has_a_state_of_its_own() -> None:
    """Whatever is compared with a state, a status, a mode or an emergency stop is a word of the vocabulary."""
    names = ("state", "status", "mode", "e_stop", "level")
    own = set()
    for path in FLEET:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr in names:
                for side in node.comparators:
                    parts = side.elts if isinstance(side, ast.Tuple) else [side]
                    own |= {(path.name, word) for part in parts for word in _words(part) if word.isupper()}
    assert {(where, word) for where, word in own if word not in STATES | WIRE} == set()


def test_the_views_and_requests_say_their_words_by_type() -> None:
    """A field called after a closed vocabulary has its type, not str: what is written is checked before it runs."""
    words = ("state", "status", "kind", "match", "integration", "e_stop", "level", "verdict", "mode")
    loose = [
        f"{item.name}.{field.target.id}"
        for path in (p for p in FLEET if p.name in ("ports.py", "requests.py", "orders.py") and "api" not in p.parts)
        for item in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(item, ast.ClassDef)
        for field in item.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id in words
        and ast.unparse(field.annotation) == "str"
    ]  # fmt: skip
    assert loose == []


def test_the_list_of_kinds_and_the_table_are_one() -> None:
    assert set(JOURNAL) == set(vocabulary.JOURNAL_KINDS)


@pytest.mark.parametrize("kind", ["order_lost", "", "Order_created", "robot_time "])
def test_a_kind_that_is_not_listed_is_not_journaled(kind: Any) -> None:
    world = rehearsal(1).engine.world
    before = list(world.entries)
    with pytest.raises(AmrError) as caught:
        world.emit(kind, robot="amr_01")
    assert caught.value.code == "store.failed"
    assert world.entries == before


def test_what_a_run_writes_has_the_facts_of_the_table() -> None:
    run = rehearsal(2)
    first, second, third = create(run), create(run, "A1", "D1"), create(run)
    do(run, CancelOrder(order_id=third.order_id))
    do(run, SetCutoff(name="Xe 7", at=900.0))
    do(run, AddNote(text="Cửa 3"))
    do(run, ReassignOrder(order_id=second.order_id, robot="amr_02"))
    run.run(lambda r: r.done, 900.0)
    run.run(lambda r: any(e.kind == "robot_time" for e in r.journal), 900.0)
    assert {"order_done", "mission_ended", "robot_holds", "robot_time"} <= {e.kind for e in run.journal}
    assert [(e.kind, f) for e in run.journal for f in JOURNAL[e.kind].faults(e.facts)] == []  # type: ignore[index]
    assert first.order_id != second.order_id


@pytest.fixture
def old_journal(tmp_path: Path) -> Path:
    """A journal file that the fleet of commit 4747b7d wrote: 213 entries of 38 kinds, its tables as they were then."""
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(gzip.decompress((DATA / "journal_0_1_0.sqlite3.gz").read_bytes()))
    return path


def test_an_old_journal_folds_to_the_state_that_its_fleet_saw(old_journal: Path) -> None:
    store = JournalStore(str(old_journal))
    entries = store.read()
    store.close()
    assert len(entries) == 213
    state = FleetState.fold(entries)
    now = {
        "orders": {i: asdict(o) for i, o in state.orders.items()},
        "missions": {r: asdict(m) for r, m in state.missions.items()},
        "book": asdict(state.book.view()),
        "cargo": {i: asdict(v) for i, v in state.cargo.loads.items()},
        "zones": {i: asdict(z) for i, z in state.zones.items()},
        "alarms": {i: asdict(a) for i, a in state.alarms.active.items()},
        "sets": {n: sorted(getattr(state, n)) for n in ("paused", "stopped", "online")},
    }
    then = json.loads((DATA / "journal_0_1_0.json").read_text(encoding="utf-8"))
    now["plain"] = {name: getattr(state, name) for name in then["plain"]}
    assert _missing(then, json.loads(json.dumps(now)), "state") == []


def _missing(then: Any, now: Any, where: str) -> list[str]:
    """Return where now differs from then; fields that came later do not count."""
    if isinstance(then, dict) and isinstance(now, dict):
        absent = [f"{where}.{key} is gone" for key in then if key not in now]
        return absent + [f for key in then if key in now for f in _missing(then[key], now[key], f"{where}.{key}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [f for i, (a, b) in enumerate(zip(then, now, strict=True)) for f in _missing(a, b, f"{where}[{i}]")]
    return [] if then == now else [f"{where}: {then!r}, now {now!r}"]


def test_an_old_journal_has_only_kinds_and_facts_that_are_known(old_journal: Path) -> None:
    store = JournalStore(str(old_journal))
    entries = store.read()
    store.close()
    assert [(e.kind, f) for e in entries for f in JOURNAL[e.kind].faults(e.facts)] == []  # type: ignore[index]


def test_the_generated_docs_are_fresh() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))
    for path, table in script["tables"]().items():
        assert (ROOT / path).read_text(encoding="utf-8") == script["fresh"](path, table), path
