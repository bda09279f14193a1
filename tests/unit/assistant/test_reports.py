"""A report that was confirmed has a file: "Đã làm: Làm báo cáo" had none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from amr_core.errors import AmrError
from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.effects import touched
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.reports import PERIODIC, wanted_report
from amr_fleet.assistant.state import Facts
from amr_fleet.fleet_time import LOCAL

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=LOCAL)


def file_of(**args: str) -> str:
    link = wanted_report(args, NOW).link(NOW.timestamp())
    return link.removeprefix("/api/v1/report.").removesuffix("&lang=vi")


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-{text}+07:00").timestamp())


@pytest.mark.parametrize(
    ("args", "file", "begin", "end"),
    [
        ({"kind": "shift"}, "pdf", "11-26T14:00", "11-26T22:00"),
        ({"kind": "shift", "period": "shift:previous", "format": "xlsx"}, "xlsx", "11-26T06:00", "11-26T14:00"),
        ({"kind": "daily"}, "pdf", "11-26T00:00", "11-27T00:00"),
        ({"kind": "daily", "period": "yesterday"}, "pdf", "11-25T00:00", "11-26T00:00"),
        ({"kind": "weekly", "format": "csv"}, "pdf", "11-23T00:00", "11-30T00:00"),
        ({"kind": "monthly", "period": "2026-10"}, "pdf", "10-01T00:00", "11-01T00:00"),
    ],
)
def test_it_is_a_file_of_its_period(args: dict[str, str], file: str, begin: str, end: str) -> None:
    assert file_of(**args) == f"{file}?begin={at(begin)}&end={at(end)}"


def test_what_is_longer_than_a_file_of_figures_is_made_on_its_page() -> None:
    wanted = wanted_report({"kind": "quarterly"}, NOW)
    assert wanted.link(0.0) == PERIODIC
    assert "trang Báo cáo định kỳ" in wanted.told()[0]


def test_the_proposal_says_the_period_the_form_and_that_another_is_not_to_be_had() -> None:
    call = Call("report_make", {"kind": "daily", "period": "yesterday", "format": "docx"})
    span = "Từ 00:00 25/11/2026 đến 00:00 26/11/2026"
    assert touched(Facts(now=NOW), call) == (f"{span}, tệp PDF.", "Không có dạng DOCX.")
    assert touched(Facts(now=NOW), Call("report_make", {"kind": "daily", "format": "pdf"}))[1:] == ()


@pytest.mark.parametrize("period", ["x", "2026-11-26/2026-11-20", "shift:x"])
def test_a_period_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(AmrError) as error:
        wanted_report({"period": period}, NOW)
    assert error.value.code == "report.bad_period"
    assert touched(Facts(now=NOW), Call("report_make", {"period": period})) == ("Không hiểu kỳ của báo cáo này.",)


CHANGE = datetime(2026, 11, 26, 14, 0, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("call", "at", "same"),
    [
        (Call("report_make", {"kind": "shift"}), CHANGE, False),
        (Call("report_make", {"kind": "daily"}), CHANGE, True),
        (Call("report_make", {"kind": "daily"}), CHANGE.replace(hour=0), False),
        (Call("report_make", {"kind": "daily", "period": "last_24h"}), CHANGE, True),  # it goes on with the clock
        (Call("zone_close", {"zone": "A2", "until": "shift:end"}), CHANGE, False),
        (Call("zone_close", {"zone": "A2", "minutes": 30}), CHANGE, True),
        (Call("order_create", {"from": "D01", "to": "A1W", "due": "shift:end"}), CHANGE, False),
        (Call("order_create", {"from": "D01", "to": "A1W", "due": "shift:end"}), NOW, True),
    ],
)
def test_what_was_proposed_for_a_shift_or_a_day_that_is_over_by_the_press_is_refused(
    call: Call, at: datetime, same: bool
) -> None:
    """Asked for at 13:59, the shift's report was one of the seconds since 14:00, and a closure lasted 8 h longer."""
    conversation = Conversation(user="hoa", role="operator")
    made = conversation.propose(call, Facts(now=at - timedelta(seconds=20)), at=0.0)
    after = Facts(now=at + timedelta(seconds=10))
    if same:
        assert conversation.confirm(made.proposal_id, after, user="hoa", at=30.0) == call
        return
    with pytest.raises(LookupError, match="changed"):
        conversation.confirm(made.proposal_id, after, user="hoa", at=30.0)
