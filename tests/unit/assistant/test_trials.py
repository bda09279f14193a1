"""The authority's own question: the permit of the trial. The running fleet said that there was none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.trials import BARS, STATES, trial_status, trials_of
from amr_fleet.sandbox.book import Trial, TrialBook, Version
from amr_fleet.sandbox.permit import FREE, Permit
from amr_fleet.vocabulary import TrialState
from tests.unit.trial_rig import record

WEB = Path(__file__).parents[3] / "src" / "amr_fleet" / "web" / "src" / "features" / "sandbox" / "texts.ts"


def book(state: TrialState = "running") -> TrialBook:
    version = Version(number=1, sha256="0" * 64, t=0.0, user="an")
    return TrialBook(trials={"TN-1": Trial(record=record(), versions=(version,), state=state)})


def said(known: object) -> tuple[str, bool]:
    result = trial_status(Facts(trial=known), {})
    assert result.link == "/sandbox"
    return result.text, result.known


def told(
    trials: TrialBook, permit: Permit = FREE, *, needed: bool = True, user: str = "lan", role: str = "viewer"
) -> str:
    text, known = said(trials_of(trials, permit, needed=needed, user=user, role=role))
    assert known
    return text


def test_a_running_trial_is_told_with_its_permit_and_until_when() -> None:
    when = "từ 14:00 15/01/2027, đến 14:00 16/01/2027"
    assert told(book()) == f"Thử nghiệm “TN-1”: đang chạy, giấy phép “01/GP”, {when}."


@pytest.mark.parametrize("bar", BARS)
def test_why_nothing_starts_is_said_as_the_page_says_it(bar: str) -> None:
    permit = replace(FREE, trial="TN-1", bar=bar)  # type: ignore[arg-type]
    assert told(book("suspended"), permit).endswith(BARS[bar])
    assert f'"sandbox.bar.{bar}": "{BARS[bar]}"' in WEB.read_text(encoding="utf-8")


def test_the_states_are_called_as_on_the_page() -> None:
    texts = WEB.read_text(encoding="utf-8")
    vietnamese = texts[: texts.index("export const en")]
    assert dict(re.findall(r'"sandbox\.state\.(\w+)": "(.+)"', vietnamese)) == STATES


def test_an_authority_hears_of_the_trials_that_name_its_account_only() -> None:
    assert "TN-1" in told(book(), user="so_khcn", role="authority")
    assert "TN-1" not in told(book(), user="so_khac", role="authority")


def test_where_none_is_in_force_that_is_said_and_no_more() -> None:
    assert told(TrialBook(), needed=False).startswith("Không có thử nghiệm nào; kho chạy tự do")
    assert told(TrialBook()).startswith("Không có thử nghiệm nào đang có hiệu lực.")
    over = told(book("expired"))
    assert over.startswith("Không có thử nghiệm nào đang có hiệu lực.")
    assert "“TN-1”: hết hạn" in over
    assert said(None) == ("Không biết về thử nghiệm từ đây; xem trang này.", False)


def test_the_one_of_a_state_file_is_told() -> None:
    text, _ = said({"permit": "SB-2026-03", "state": "active", "until": "2027-03-31"})
    assert text == "Thử nghiệm “SB-2026-03”: đang áp dụng, đến 31/03/2027."
