"""An envelope as somebody draws it, before there is a record of it: where robots may drive, and which."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from amr_fleet.sandbox.record import Polygon, TrialEnvelope


class Drawn(Protocol):
    """What has areas (m, map frame): a record's envelope, or a sketch."""

    @property
    def areas(self) -> Sequence[Polygon]:
        """Return where robots may drive."""
        ...

    @property
    def forbidden(self) -> Sequence[Polygon]:
        """Return where they may not, inside the areas."""
        ...


@dataclass(frozen=True)
class Sketch:
    """areas, forbidden: polygons (m, map frame); serials: the robots that take part, () = all of the site.

    most_load: kg of a load whose weight is known.
    """

    areas: tuple[Polygon, ...]
    forbidden: tuple[Polygon, ...] = ()
    serials: tuple[str, ...] = ()
    most_load: float = math.inf

    @classmethod
    def of(cls, envelope: TrialEnvelope) -> Sketch:
        """Return what an envelope draws."""
        return cls(envelope.areas, envelope.forbidden, envelope.serials, envelope.max_load_kg)
