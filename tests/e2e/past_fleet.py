"""A fleet with a past that is known to the second: tracks, a journal that tests write, comments that go into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from amr_core.errors import Fact
from amr_core.site import Site
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ops import Ops
from amr_fleet.ports import Request
from amr_fleet.replay.recorder import recorder_of
from amr_fleet.replay_requests import CommentMoment
from amr_fleet.store.tracks import TrackStore
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.serving import start

BEGIN = 20000.0  # 05:33:20 of a simulation's day
SECONDS = 240


class PastFleet(FakeFleet):
    """Four robots whose recording is SECONDS long from BEGIN; what they look like now comes later."""

    def __init__(
        self, folder: Path, users: UserStore, journal: Sequence[JournalEntry], gap: range = range(0),
        rebuilt: range = range(0),
    ) -> None:  # fmt: skip
        """gap: seconds after BEGIN of which nothing was recorded; rebuilt: in which the site had no walls."""
        super().__init__(robots=4, start=BEGIN + 2 * SECONDS)
        self.journal = list(journal)
        self._tracks = TrackStore(str(folder / "tracks.sqlite3"))
        site = small_site(4)
        bare = site.model_copy(update={"walls": []})
        self._record(site, [i for i in range(SECONDS + 1) if i not in gap and i not in rebuilt])
        self._record(bare, [i for i in rebuilt if i not in gap])
        ops = Ops(site=site, read_journal=lambda: list(self.journal), tracks=self._tracks)
        self.api = start(self, site, users=users, ops=ops)

    def _record(self, site: Site, seconds: Sequence[int]) -> None:
        recorder, before = recorder_of(self._tracks, site), -1
        for i in seconds:
            if i != before + 1:  # a chunk has no hole: the fleet was off
                recorder.close(BEGIN + before)
                recorder = recorder_of(self._tracks, site)
            recorder.add(replace(self.snapshot(), t=BEGIN + i))
            before = i
        recorder.close(BEGIN + before)

    def _other_result(self, request: Request[Any]) -> object:
        if isinstance(request, CommentMoment):
            facts: dict[str, Fact] = {"about": request.at, "text": request.text, "user": request.user}
            self.journal.append(JournalEntry(t=self.now, kind="moment_commented", robot=request.robot, facts=facts))
        return super()._other_result(request)

    def close(self) -> None:
        """Stop everything."""
        self.api.stop()
        self._tracks.close()
