"""The dashboard's catalogues have a sentence for every error code and every reason to wait, with the same facts."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from fastapi.routing import APIRoute

from amr_core.errors import ERRORS
from amr_core.robots import ROBOT_TYPES
from amr_core.site import Place
from amr_fleet import vocabulary
from amr_fleet.api.routers import ROUTERS
from amr_fleet.api.users import LIFE, ROLES
from amr_fleet.domain import causes
from amr_fleet.domain.orders import OPEN_STATES
from amr_fleet.report.figures import USES
from amr_fleet.report.texts import TEXTS

WEB = Path(__file__).resolve().parents[2] / "src" / "amr_fleet" / "web"
SOURCES = WEB / "src"
I18N = SOURCES / "shared" / "i18n"
ENGINE = WEB.parent / "amr_fleet" / "domain"
# The facts of each code that is no error; ERRORS has those of the errors in its sentences.
WAITING = {
    "wait.traffic": {"robot"},
    "wait.station": {"place"},
    "wait.zone": {"zone"},
    "wait.no_return": {"place", "by"},
    "wait.door": {"door"},
    "wait.lift": {"lift"},
    "wait.conveyor": {"conveyor"},
    "wait.fire": set(),
    "wait.site_version": {"robot", "version", "wanted"},
    "wait.safety_overdue": {"robot", "work"},
    "wait.load_on_board": {"robot", "load_id"},
    "wait.customs": {"load_id"},
    "wait.earliest": {"at"},
    "wait.wanted_robot": {"robot"},
    "wait.e_stop": {"robot", "kind"},
    "wait.unload": {"robot", "user"},
    "wait.robot": {"busy"},
    "wait.battery": {"robots"},
    "wait.no_robot": {"robots"},
    "wait.payload": {"weight"},
    "wait.load_type": {"load_type"},
    **{code: {"robot"} for code in ("wait.person", "wait.vehicle", "wait.obstacle", "wait.paused", "wait.release")},
    **{code: {"robot"} for code in ("wait.error", "wait.alarm", "wait.standing", "wait.promised")},
}
ALARMS = {
    **{f"alarm.{name}": {"robot"} for name in ("robot_error", "robot_offline", "not_localized", "e_stop", "blocked")},
    "alarm.clock": {"computer", "seconds"},
    "alarm.load_wrong": {"order_id", "load_id", "place"},
    "alarm.load_damaged": {"order_id", "load_id", "place"},
    "alarm.cmd_vel": {"robot", "count"},
    "alarm.robot_twice": {"robot"},
    "alarm.second_fleet": {"fleet"},
    "alarm.order_refused": {"robot", "error"},
    "alarm.safety_overdue": {"robot", "work"},
    "alarm.site_version": {"robot", "version", "wanted"},
    "alarm.network": {"robots"},
    "alarm.one_way": {"robot"},
    "alarm.robot_restarted": {"robot"},
    "alarm.address": {"robot", "address"},
    "alarm.low_battery": {"robot", "percent"},
    "alarm.battery_silent": {"robot"},
    "alarm.load_on_board": {"robot", "load_id"},
    "alarm.order_late": {"order_id", "minutes"},
    "alarm.order_failed": {"order_id"},
    "alarm.deadlock": {"robots"},
    "alarm.internal": {"ref"},
    "alarm.order_aside": {"order_id", "ref"},
    "alarm.trial_suspended": {"trial"},
    "alarm.door": {"door"},
    "alarm.conveyor": {"conveyor"},
    "alarm.fire": {"source"},
    **{code: {"flight"} for code in vocabulary.ALARM_CODES if code.startswith("alarm.flight_")},
    "alarm.door_held": {"door", "robot"},
    "alarm.lift": {"lift"},
    "alarm.lift_held": {"lift", "robot"},
    **{code: {"camera"} for code in vocabulary.ALARM_CODES if code.startswith("alarm.camera_")},
}
UNSEEN = {"robot_time", "robot_holds"}  # entries of the journal that no page shows


def _texts(lang: str, below: str = "") -> dict[str, str]:
    """Return all texts of the dashboard below a folder in a language: objects called ...Vi, ...En, vi or en."""
    found: dict[str, str] = {}
    for path in (SOURCES / below).rglob("*.ts"):
        text = path.read_text(encoding="utf-8")
        for name, body in re.findall(r"^export const (\w+)\b[^=\n]*= \{(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            if name.lower().endswith(lang) and (name == lang or name.endswith(lang.capitalize())):
                found |= dict(re.findall(r'^  "?([\w.]+)"?: "(.*)",$', body, re.MULTILINE))
    return found


def _catalogue(lang: str) -> dict[str, str]:
    """Return the sentences of the codes."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(I18N.glob(f"*codes_{lang}.ts")))
    return dict(re.findall(r'^  "?([\w.]+)"?: "(.*)",$', text, re.MULTILINE))


def _words(kind: object) -> list[str]:
    return list(get_args(kind))


# What the API sends -> the key of its text.
SENT = {
    "order.state.": _words(vocabulary.OrderState),
    "status.": _words(vocabulary.RobotStatus),
    "robot_type.": list(ROBOT_TYPES),
    "integration.": _words(vocabulary.Integration),
    "stop.": [kind for kind in _words(vocabulary.EmergencyStop) if kind not in ("", "RELEASE")],
    "todo.": [code.removeprefix("alarm.") for code in vocabulary.ALARM_CODES],
    "cause.": _words(vocabulary.RobotWait),
    "": [code for code in _words(vocabulary.StuckCode) if code],
    "zone.": _words(vocabulary.ZoneKind),
    "kind.": _words(Place.model_fields["kind"].annotation),
    "camera.": _words(vocabulary.SeenKind),
    "cargo.kind.": [kind or "none" for kind in _words(vocabulary.CargoKind)],
    "cutoff.": _words(vocabulary.CutoffKind),
    "evidence.": _words(vocabulary.Match),
    "event.": [kind for kind in vocabulary.JOURNAL_KINDS if kind not in UNSEEN],
    "use.": _words(vocabulary.RobotUse),
    "ends.": _words(vocabulary.EndCode),
    "role.": _words(vocabulary.Role),
    "sessions.kind.": _words(vocabulary.SessionKind),
}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_word_that_the_api_sends_has_a_text(lang: str) -> None:
    texts = _texts(lang)
    missing = [prefix + word for prefix, words in SENT.items() for word in words if prefix + word not in texts]
    assert missing == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_call_that_is_audited_has_a_text(lang: str) -> None:
    calls = {
        route.name
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and (route.methods or set()) - {"GET", "HEAD"}
    }
    # Where the page looks: its words come with it, not with the first load.
    assert calls - {key.removeprefix("did.") for key in _texts(lang, "features/audit/words")} == set()


def test_the_printed_report_has_every_word_of_its_figures() -> None:
    for lang, texts in TEXTS.items():
        waits = {*_words(vocabulary.WaitCode), *causes.ENDS}
        wanted = {*waits, *vocabulary.ALARM_CODES, *_words(vocabulary.RobotUse)}
        assert wanted - set(texts) == set(), lang


def test_the_vocabulary_is_what_the_engine_says() -> None:
    """Every entry that the engine writes, and every reason and alarm that a source names, is listed; and no other."""
    emitted, named = set[str](), set[str]()
    others = [ENGINE.parent / name for name in ("store/copies.py", "dataset/gate.py")]
    for path in (*ENGINE.rglob("*.py"), *others):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "emit":
                emitted |= {str(c.value) for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant)}
    emitted = {kind for kind in emitted if not kind.endswith("_")}
    assert emitted <= set(vocabulary.JOURNAL_KINDS)
    begun = {name.split("_")[0] for name in vocabulary.JOURNAL_KINDS}
    unsaid = [kind for kind in vocabulary.JOURNAL_KINDS if kind not in named and f"{kind.split('_')[0]}_" not in named]
    assert (unsaid, len(begun) > 8) == ([], True)
    codes = {name for name in named if re.fullmatch(r"(wait|alarm)\.[a-z_]+", name)} - set(ERRORS)
    assert codes == {*vocabulary.WAIT_CODES, *vocabulary.ALARM_CODES}
    assert set(OPEN_STATES) < set(_words(vocabulary.OrderState))
    assert set(USES) == set(_words(vocabulary.RobotUse))
    assert set(ROLES) == set(_words(vocabulary.Role))
    assert set(LIFE) == set(_words(vocabulary.SessionKind))


def _facts(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_code_has_a_sentence(lang: str) -> None:
    catalogue = _catalogue(lang)
    ours = {code for code in catalogue if not code.startswith("client.")}
    assert ours == set(ERRORS) | set(vocabulary.WAIT_CODES) | set(vocabulary.ALARM_CODES)
    for code, (_, sentence) in ERRORS.items():
        assert _facts(catalogue[code]) <= _facts(sentence), code
    for code in (*vocabulary.WAIT_CODES, *vocabulary.ALARM_CODES):
        assert _facts(catalogue[code]) == (WAITING | ALARMS).get(code, set()), code


def test_no_source_uses_an_unknown_reason_to_wait_or_alarm() -> None:
    used = set[str]()
    for path in SOURCES.parents[2].rglob("*.py"):
        if not {"node_modules", "build"} & set(path.parts):
            used |= set(re.findall(r"\"((?:wait|alarm)\.[a-z_]+)\"", path.read_text(encoding="utf-8")))
    assert used <= {*vocabulary.WAIT_CODES, *vocabulary.ALARM_CODES, *ERRORS}


def _compile(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the types of a copy of the catalogue as the build does."""
    node, tsc = Path(sys.executable).parent / "node", WEB / "node_modules" / "typescript" / "bin" / "tsc"
    command: list[str | Path] = [node, tsc, "--noEmit", "-p", folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not (WEB / "node_modules").is_dir(), reason="the dashboard is not built: make setup")
def test_a_missing_text_fails_the_build(tmp_path: Path) -> None:
    api = SOURCES / "shared" / "api"
    for path in (*I18N.glob("*.ts"), *SOURCES.rglob("texts.ts"), api / "types.ts", api / "generated" / "schema.ts"):
        copy = tmp_path / path.relative_to(WEB)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (tmp_path / "node_modules").symlink_to(WEB / "node_modules")
    settings = json.loads((WEB / "tsconfig.json").read_text(encoding="utf-8")) | {"include": ["src"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    files = ("shared/i18n/common.ts", "shared/i18n/codes_en.ts", "features/robots/texts.ts", "app/texts.ts")
    removed = [_remove_a_text(tmp_path / "src" / name) for name in files]
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
    for path in (*SOURCES.rglob("*.ts"), *SOURCES.rglob("*.tsx")):
        text = path.read_text(encoding="utf-8")
        if I18N not in path.parents and path.name != "texts.ts" and not path.name.endswith(".test.ts"):
            assert not re.search("[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text), path
        assert not re.search(r"https?://(?!www\.w3\.org)", text), path
