"""The dashboard's catalogues have a sentence for every error code and every reason to wait, with the same facts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from amr_core.errors import ERRORS

I18N = Path(__file__).resolve().parents[2] / "src" / "amr_fleet" / "web" / "src" / "i18n"
WEB = I18N.parents[1]
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


def _compile(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the types of a copy of the catalogue as the build does."""
    node, tsc = Path(sys.executable).parent / "node", WEB / "node_modules" / "typescript" / "bin" / "tsc"
    command: list[str | Path] = [node, tsc, "--noEmit", "-p", folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not (WEB / "node_modules").is_dir(), reason="the dashboard is not built: make setup")
def test_a_missing_text_fails_the_build(tmp_path: Path) -> None:
    shutil.copytree(I18N, tmp_path / "src" / "i18n")
    for path in I18N.parent.glob("types*.ts"):
        shutil.copy(path, tmp_path / "src")
    (tmp_path / "node_modules").symlink_to(WEB / "node_modules")
    settings = json.loads((WEB / "tsconfig.json").read_text(encoding="utf-8")) | {"include": ["src"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    removed = [_remove_a_text(tmp_path / "src" / "i18n" / name) for name in ("en.ts", "codes_en.ts", "robots.ts")]
    done = _compile(tmp_path)
    assert done.returncode != 0
    assert [key for key in removed if key not in done.stdout] == []


def _remove_a_text(path: Path) -> str:
    """Remove the last English text of a file and return its key."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if line.startswith('  "'))
    path.write_text("".join(lines[:last] + lines[last + 1 :]), encoding="utf-8")
    return lines[last].split('"')[1]


def test_no_source_builds_a_sentence_for_people_outside_the_catalogue() -> None:
    """Vietnamese has letters that code has not: none stands outside the catalogue, and nothing comes from elsewhere."""
    for path in (*I18N.parent.rglob("*.ts"), *I18N.parent.rglob("*.tsx")):
        text = path.read_text(encoding="utf-8")
        if I18N not in path.parents:
            assert not re.search("[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text), path
        assert not re.search(r"https?://(?!www\.w3\.org)", text), path
