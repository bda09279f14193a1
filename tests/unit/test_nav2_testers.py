"""What runs Nav2's own testers: the site they are given, how they are called, rubbish."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_core.site.lint import lint

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def testers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nav2_testers", ROOT / "scripts" / "nav2_testers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where a dataclass looks for its annotations
    spec.loader.exec_module(module)
    return module


def test_the_first_bay_of_their_site_looks_east_and_nothing_is_wrong_with_it(
    testers: ModuleType, tmp_path: Path
) -> None:
    where = testers.site(tmp_path)
    site = load_site(str(where))
    bay = next(bay for bay in site.parking if bay.id == site.fleet[0].parking)
    assert (bay.x, bay.y, bay.theta) == (18.4, 6.0, 0.0)
    assert [finding.code for finding in lint(site) if finding.severity == "error"] == []


def test_testers_start_where_the_robot_stands_and_in_its_namespace(testers: ModuleType) -> None:
    for tester in testers.TESTERS:
        words = list(tester.arguments)
        at = words.index("18.4")
        assert words[at : at + 2] == ["18.4", "6.0"]
        assert "amr_01" in " ".join(words)


def test_a_module_that_a_tester_imports_and_does_not_use_is_stood_in_for(testers: ModuleType, tmp_path: Path) -> None:
    assert (testers._stand_in(tmp_path) / "zmq.py").is_file()
    assert testers._stand_in(tmp_path) == testers._stand_in(tmp_path), "twice is no fault"


@pytest.mark.parametrize("words", [[], ["/nowhere"], ["/nowhere", "1", "2"]])
def test_a_folder_without_them_is_said(
    testers: ModuleType, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert testers.main(words) == 2
    assert "nav_to_pose_tester_node.py" in capsys.readouterr().err


def _tester(testers: ModuleType, folder: Path, code: str) -> object:
    (folder / "tester.py").write_text(code, encoding="utf-8")
    return testers.Tester("tester.py", ("amr_01",))


def test_a_tester_runs_in_the_domain_of_a_robot_on_its_site(
    testers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    @contextmanager
    def started(name: str, folder: Path, rtf: str, site: str) -> Iterator[SimpleNamespace]:
        asked.append((name, folder, rtf, site))
        try:
            yield SimpleNamespace(env={**os.environ, "ROS_DOMAIN_ID": "87"})
        finally:
            asked.append("ended")

    monkeypatch.setattr(testers, "started", started)
    code = "import os, sys, zmq; print(zmq.__doc__, os.environ['ROS_DOMAIN_ID']); sys.exit(3)"
    where = tmp_path / "maps" / "lab"
    where.mkdir(parents=True)
    assert testers.run(_tester(testers, tmp_path, code), tmp_path, where, "2") == 3
    assert asked == [("embedded", where.parent, "2", str(where)), "ended"]
    assert (where.parent / "tester.log").read_text() == "Stands in for pyzmq. 87\n"
    monkeypatch.setattr(testers, "LIMIT", 0.2)
    assert testers.run(_tester(testers, tmp_path, "import time; time.sleep(60)"), tmp_path, where, "2") == -1
    assert asked[-1] == "ended"


def test_a_robot_that_does_not_come_is_said(
    testers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def started(*_: object, **__: object) -> Iterator[SimpleNamespace]:
        raise AmrError("run.crashed", process="embedded", count=1, log="embedded.log")
        yield

    monkeypatch.setattr(testers, "started", started)
    where = tmp_path / "maps" / "lab"
    where.mkdir(parents=True)
    assert testers.run(_tester(testers, tmp_path, ""), tmp_path, where, "2") == -1
    assert "[run.crashed]" in (where.parent / "tester.log").read_text()
