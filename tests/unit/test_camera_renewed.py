"""A camera's setup changes while it watches: what old and new one guard is held until the new one has seen."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from builtin_interfaces.msg import Time

from amr_core.cameras import fixed_view
from amr_core.site import Camera, CameraArea
from amr_core.site.camera_files import camera_path, keep_camera_file, take_back
from amr_interfaces.msg import CameraView
from amr_lab.perception_bench.cameras import crossing_site
from amr_perception.fixed.areas import AreaEvent, SeenThing
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.renewed import SETTLED_S, RenewedWatch
from amr_perception.fixed.watch import CameraWatch, Sight, blind_for
from amr_perception.nodes.camera_facts import CameraFacts, SetupFile
from amr_perception.nodes.view_publisher import ViewPublisher

SITE = crossing_site()
FLOOR = Floor.of(fixed_view(SITE.cameras[0]))
EMPTY = Sight(())


def watch(area: str, x: float = 9.0) -> CameraWatch:
    polygon = ((x, 5.0), (x + 2.0, 5.0), (x + 2.0, 7.0), (x, 7.0))
    return CameraWatch(SITE, FLOOR, areas=[CameraArea(id=area, polygon=polygon)])


class Run:
    """A watch that is told a sight each tenth of a second; active: what it holds."""

    def __init__(self, area: str) -> None:
        self.renewed = RenewedWatch(watch(area))
        self.now, self.active = 100.0, dict[str, AreaEvent]()

    def take(self, events: list[AreaEvent]) -> None:
        for event in events:
            if event.active:
                self.active[event.event_id] = event
            else:
                del self.active[event.event_id]

    def go(self, seconds: float, sight: Sight = EMPTY) -> set[str]:
        for _ in range(round(seconds * 10)):
            self.now = round(self.now + 0.1, 3)
            self.take(self.renewed.events(self.now, sight))
        return self.areas

    def renew(self, area: str, x: float = 9.0) -> set[str]:
        self.take(self.renewed.renew(self.now, watch(area, x)))
        return self.areas

    @property
    def areas(self) -> set[str]:
        return {event.rule.area for event in self.active.values()}


def test_all_areas_of_both_are_held_at_once_and_go_once_the_new_one_has_seen() -> None:
    run = Run("old")
    assert run.go(2.0) == set()
    both = run.renew("new")
    assert {"old", "new"} <= both
    assert run.go(5.0, blind_for("learning")) == both, "it learns: nothing is free meanwhile"
    assert "old" in run.go(SETTLED_S - 0.3)
    run.go(0.5, blind_for("dark"))
    assert "old" in run.go(SETTLED_S - 0.3), "that it saw before counts no more"
    assert run.go(1.0) == set()


def test_who_stands_there_is_held_for_without_a_gap() -> None:
    run, person = Run("old"), Sight((SeenThing("person", 10.0, 6.0, 0.3, 0.9),))
    assert "old" in run.go(1.0, person)
    run.renew("new")
    for _ in range(40):
        assert run.go(0.1, person) & {"old", "new"}
    assert run.areas == {"new"} | (run.areas - {"old"})
    assert run.go(4.0) == set()


def test_the_same_area_changed_again_and_again_ends_as_one() -> None:
    run = Run("same")
    run.go(2.0)
    for _ in range(3):
        assert "same" in run.renew("same")
        assert "same" in run.go(0.5)
    assert run.go(SETTLED_S + 2.0) == set()


def test_what_lasts_long_to_be_noticed_is_held_as_long() -> None:
    load = Sight((SeenThing("load", 10.0, 6.0, 0.4, 0.9),))
    run = Run("old")
    run.go(60.0, load)
    lasting = [event.rule for event in run.active.values() if event.rule.after_s > SETTLED_S]
    assert lasting, "a load that has lain there for a minute is told"
    run.renew("new")
    for _ in range(round((SETTLED_S + max(rule.after_s for rule in lasting)) * 10) + 20):
        run.go(0.1, load)
        assert any(event.rule.event in ("fallen_load", "lane_blocked") for event in run.active.values())


def test_a_view_tells_which_setup_counts_since_when_and_how_far_that_one_guards(tmp_path: Path) -> None:
    sent: list[CameraView] = []
    out = SimpleNamespace(get_subscription_count=lambda: 1, publish=sent.append)
    node: Any = SimpleNamespace(create_publisher=lambda *_: out, stamp=Time)
    views, file = ViewPublisher(node, "C01", "motion", blurred=False), SetupFile(tmp_path, "C01")
    far, near = (
        Floor.of(fixed_view(Camera(id="C01", x=10.0, y=11.0, height=4.0, looks_at=(10.0, y)))) for y in (2.0, 10.0)
    )
    assert not file.changed(4.0)
    for now, floor in ((10.0, far), (20.0, far), (30.0, near)):
        views.tell(now, CameraFacts(sight=Sight(())), None, floor, file)
    assert [(view.setup_version, view.setup_for) for view in sent] == [(0, 6.0), (0, 16.0), (0, 26.0)]
    assert sent[0].guards_day_m == sent[1].guards_day_m != sent[2].guards_day_m


def test_a_file_is_looked_at_once_a_second_and_only_another_one_counts(tmp_path: Path) -> None:
    path = camera_path(tmp_path, "C01")
    file = SetupFile(tmp_path, "C01")
    assert (file.changed(1.7e9), file.version, file.since) == (False, 0, 1.7e9), "not since 1970"
    file = SetupFile(tmp_path, "C01")
    assert (file.changed(9.5), file.changed(10.0), file.version, file.since) == (False, False, 0, 9.5)
    keep_camera_file(path, {"size": [1, 1]})
    assert not file.changed(10.5)
    assert file.changed(11.5)
    assert (file.version, file.since, file.told) == (1, 11.5, "version 1 since 11.5")
    assert not file.changed(13.0)
    path.touch()
    assert not file.changed(15.0), "it says the same"
    path.write_text("{", encoding="utf-8")
    assert (file.changed(17.0), file.version) == (True, -1)
    assert not file.changed(16.5), "a clock that went back"
    keep_camera_file(path, {"size": [1, 1]})
    take_back(path)
    path.unlink()
    assert (file.changed(30.0), file.version) == (True, 0)
