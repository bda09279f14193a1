"""The dashboard's catalogues have a sentence for every error code and every reason to wait, with the same facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amr_core.errors import ERRORS

I18N = Path(__file__).resolve().parents[2] / "src" / "amr_fleet" / "web" / "src" / "i18n"
WAITING = {
    "wait.traffic": {"robot"},
    "wait.station": {"place"},
    "wait.zone": {"zone"},
    **{f"wait.{name}": set[str]() for name in ("base", "person", "vehicle", "obstacle", "localisation", "paused")},
    **{f"wait.{name}": set[str]() for name in ("charger", "no_robot", "robot", "fleet_starting")},
    "wait.load_on_board": {"load_id"},
    "wait.customs": {"load_id"},
    "wait.earliest": {"at"},
    "wait.wanted_robot": {"robot"},
    "wait.held": set[str](),
    "wait.release": set[str](),
    "wait.e_stop": {"kind"},
}

ALARMS = {
    **{f"alarm.{name}": {"robot"} for name in ("robot_error", "robot_offline", "not_localized", "e_stop", "blocked")},
    "alarm.low_battery": {"robot", "percent"},
    "alarm.load_on_board": {"robot", "load_id"},
    "alarm.order_late": {"order_id", "minutes"},
    "alarm.order_failed": {"order_id"},
    "alarm.deadlock": {"robots"},
}


def _catalogue(lang: str) -> dict[str, str]:
    text = (I18N / f"codes_{lang}.ts").read_text(encoding="utf-8")
    return dict(re.findall(r'^  "?([\w.]+)"?: "(.*)",$', text, re.MULTILINE))


def _facts(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_code_has_a_sentence(lang: str) -> None:
    catalogue = _catalogue(lang)
    ours = {code for code in catalogue if not code.startswith("client.")}
    assert ours == set(ERRORS) | set(WAITING) | set(ALARMS)
    for code, (_, sentence) in ERRORS.items():
        assert _facts(catalogue[code]) <= _facts(sentence), code
    for code, facts in (WAITING | ALARMS).items():
        assert _facts(catalogue[code]) == facts, code


def test_no_source_uses_an_unknown_reason_to_wait_or_alarm() -> None:
    used = set[str]()
    for path in I18N.parents[3].rglob("*.py"):
        if not {"node_modules", "build"} & set(path.parts):
            used |= set(re.findall(r"\"((?:wait|alarm)\.[a-z_]+)\"", path.read_text(encoding="utf-8")))
    assert used <= set(WAITING) | set(ALARMS) | set(ERRORS)
