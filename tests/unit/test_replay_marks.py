"""The time line of the replay: alarms by how bad they are, and what people say of moments that were."""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import get_args

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.domain.alarms import LATCHED, severity_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.ops import LONGEST_MARKS, Ops
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.replay.marks import MOST_MARKS, marks
from amr_fleet.replay_requests import CommentMoment
from amr_fleet.report.figures import Note
from amr_fleet.store.journal import JournalStore
from amr_fleet.vocabulary import ALARM_CODES, AlarmSeverity
from tests.unit.test_fleet_commands import code, do
from tests.unit.test_fleet_engine import rehearsal


def alarm(t: float, name: str, kind: str = "alarm_raised", of: str = "alarm.blocked") -> JournalEntry:
    facts = {"alarm": name, "code": of} | ({"user": "lan"} if kind == "alarm_acked" else {})
    return JournalEntry(t=t, kind=kind, robot="amr_03", facts=facts)


def said(t: float, about: float, text: str = "x") -> JournalEntry:
    return JournalEntry(
        t=t, kind="moment_commented", robot="amr_01", facts={"about": about, "text": text, "user": "lan"}
    )


# A comment into the journal ------------------------------------------------------------------------------------------


def test_a_comment_is_journaled_as_one_line_under_its_user_and_changes_nothing() -> None:
    run = rehearsal(1)
    before = len(run.journal)
    about = run.now - 5.0
    written = do(run, CommentMoment(at=about, text="  Kẹt ở\ncửa 3 ", robot="amr_01", user="lan"))
    entry = next(e for e in run.journal[before:] if e.kind == "moment_commented")
    assert (entry.robot, entry.t) == ("amr_01", written)
    assert entry.facts == {"about": about, "text": "Kẹt ở cửa 3", "user": "lan"}
    assert FleetState.fold(run.journal).orders == FleetState.fold(run.journal[:before]).orders


def test_a_robot_that_was_taken_out_of_the_fleet_can_still_be_spoken_of() -> None:
    """The replay shows it, and a comment on it was refused: it is known while the journal knows it."""
    run = rehearsal(2)
    gone = run.units[1].name
    fewer = Rehearsal(run.roadmap, run.units[:1], watch=False)
    fewer.journal, fewer.now = list(run.journal), run.now
    fewer.restart_fleet()
    fewer.step()
    written = do(fewer, CommentMoment(at=run.now, text="Kẹt bánh", robot=gone, user="lan"))
    assert [(e.robot, e.t) for e in fewer.journal if e.kind == "moment_commented"] == [(gone, written)]
    assert code(fewer, CommentMoment(at=run.now, text="x", robot="amr_99", user="lan")) == "robot.not_found"


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501, "a\x00b", "\u202e", "\u200b"])
def test_a_comment_of_rubbish_is_refused(text: str) -> None:
    run = rehearsal(1)
    assert code(run, CommentMoment(at=0.0, text=text, user="lan")) == "request.invalid"
    assert not [e for e in run.journal if e.kind == "moment_commented"]


@pytest.mark.parametrize("at", [math.nan, math.inf, -math.inf, 1e9])
def test_a_comment_is_on_a_moment_that_was(at: float) -> None:
    assert code(rehearsal(1), CommentMoment(at=at, text="x", user="lan")) == "request.invalid"


def test_a_comment_on_a_robot_that_is_not_there_is_refused() -> None:
    assert code(rehearsal(1), CommentMoment(at=0.0, text="x", robot="amr_99")) == "robot.not_found"


# How bad an alarm is -------------------------------------------------------------------------------------------------


def test_alarms_are_of_both_severities_and_an_unknown_one_is_not_taken_lightly() -> None:
    found = {code: severity_of(code) for code in ALARM_CODES}
    assert set(found.values()) == set(get_args(AlarmSeverity))
    assert {found[code] for code in LATCHED} == {"critical"}, "what a person must have seen"
    assert (found["alarm.e_stop"], found["alarm.fire"], found["alarm.camera_dirty"]) == (
        "critical",
        "critical",
        "warning",
    )
    assert severity_of("alarm.of_a_later_version") == "critical"


# What stands on the line ---------------------------------------------------------------------------------------------


def test_marks_are_the_alarms_raised_and_the_moments_spoken_of_in_a_period() -> None:
    journal = [
        alarm(5.0, "A1"), said(8.0, 6.0, "before"), alarm(10.0, "A2", of="alarm.e_stop"),
        alarm(12.0, "A2", "alarm_acked"), said(30.0, 15.0, "later said"), alarm(40.0, "A2", "alarm_cleared"),
        alarm(41.0, "A3"), said(50.0, 10.0, "first"),
    ]  # fmt: skip
    found = marks(journal, 10.0, 40.0)
    [one] = found.alarms
    assert (one.alarm_id, one.severity, one.acked_by, one.acked_at, one.cleared) == (
        "A2",
        "critical",
        "lan",
        12.0,
        40.0,
    )
    assert [(c.t, c.written, c.text, c.user, c.robot) for c in found.comments] == [
        (10.0, 50.0, "first", "lan", "amr_01"),
        (15.0, 30.0, "later said", "lan", "amr_01"),
    ]
    assert found.left_out == 0


def test_of_too_many_marks_the_newest_are_kept_and_the_rest_counted() -> None:
    journal = [alarm(float(i), f"A{i}") for i in range(MOST_MARKS + 3)]
    found = marks([*journal, *(said(9e4, float(i)) for i in range(MOST_MARKS + 1))], 0.0, 1e5)
    assert (len(found.alarms), len(found.comments), found.left_out) == (MOST_MARKS, MOST_MARKS, 4)
    assert (found.alarms[0].alarm_id, found.comments[0].t) == ("A3", 1.0)


def test_an_entry_of_another_program_that_names_no_moment_is_left_out() -> None:
    entries = [JournalEntry(t=1.0, kind="moment_commented", facts={"about": about}) for about in ("x", None, math.nan)]
    assert marks(entries, 0.0, 9.0).comments == []


def test_the_line_of_a_year_is_refused_where_it_is_longer_or_none() -> None:
    ops = Ops(site=load_site("lab"), read_journal=lambda: [])
    assert ops.marks(0.0, LONGEST_MARKS).alarms == []
    for begin, end in ((0.0, LONGEST_MARKS + 1.0), (5.0, 5.0), (math.nan, 1.0)):
        with pytest.raises(AmrError) as refused:
            ops.marks(begin, end)
        assert refused.value.code == "report.invalid"


def test_pages_that_ask_again_and_again_read_what_they_show_and_not_the_whole_journal(tmp_path: Path) -> None:
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    dull = [JournalEntry(t=t, kind="robot_holds", robot="amr_01", facts={"held": "n1"}) for t in range(20)]
    journal = [
        *dull, alarm(20.0, "A1"), alarm(21.0, "A1", "alarm_acked"), alarm(22.0, "A2"), said(23.0, 20.5),
        JournalEntry(t=24.0, kind="note_added", facts={"user": "lan", "text": "x"}),
        JournalEntry(t=31.0, kind="note_added", facts={"user": "lan", "text": "after it"}),
        alarm(9000.0, "A2", "alarm_cleared"), said(9001.0, 21.0),
    ]  # fmt: skip
    store.append(journal)

    def whole() -> list[JournalEntry]:
        raise AssertionError("the whole journal was read")

    lean = Ops(site=load_site("lab"), read_journal=whole, stream=store.stream)
    full = Ops(site=load_site("lab"), read_journal=lambda: journal)
    found = lean.marks(10.0, 30.0)
    assert (len(found.alarms), len(found.comments), found.alarms[1].cleared) == (2, 2, 9000.0)
    assert found == full.marks(10.0, 30.0)
    assert lean.interventions(10.0, 30.0) == full.interventions(10.0, 30.0) == found.alarms[::-1]
    assert lean.notes(10.0, 30.0) == full.notes(10.0, 30.0) == [Note(24.0, "lan", "x")]
    store.close()


def test_an_incident_holds_what_was_said_of_it_later() -> None:
    journal = [alarm(10.0, "A1"), said(5000.0, 12.0, "Palet đổ"), said(6000.0, 400.0, "other"), alarm(7000.0, "A9")]
    content = Ops(site=load_site("lab"), read_journal=lambda: journal).incident(0.0, 100.0)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        lines = [json.loads(line) for line in archive.read("journal.jsonl").decode().splitlines()]
        assert b"moment_commented" not in archive.read("incident.mcap"), "its film ends with the incident"
    assert [(e["kind"], e["facts"].get("text")) for e in lines] == [
        ("alarm_raised", None), ("moment_commented", "Palet đổ")
    ]  # fmt: skip
