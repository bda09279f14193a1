"""The floor that an envelope is about, as shapes (m, map frame)."""

from __future__ import annotations

from typing import Any

import shapely

from amr_fleet.sandbox.sketch import Drawn


def floor(envelope: Drawn) -> tuple[Any, Any]:
    """Return the allowed areas and what is forbidden in them, each as one shape."""
    areas, forbidden = ([shapely.Polygon(p) for p in polygons] for polygons in (envelope.areas, envelope.forbidden))
    return shapely.unary_union(areas), shapely.unary_union(forbidden)
