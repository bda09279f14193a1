"""What the process that makes files is asked for: the record of a count from the air."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.count import count_of
from amr_fleet.report.texts import Lang


@dataclass(frozen=True)
class CountOrder:
    """The record of one flight as PDF. page: address of the dashboard, to link its pictures with; "" = no links."""

    flight_id: str
    lang: Lang = "vi"
    page: str = ""

    @property
    def below(self) -> int | None:
        """All of the journal: a flight's cells are where they were read."""
        return None

    def make(self, journal: Sequence[JournalEntry], site: Site) -> bytes:
        """Make it; raises what `count_of` raises."""
        count = count_of(journal, self.flight_id)
        from amr_fleet.report.count_pdf import count_pdf  # only the process that makes files loads what makes them

        return count_pdf(count, site, self.lang, self.page)
