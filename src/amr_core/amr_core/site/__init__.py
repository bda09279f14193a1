"""A site: its model, where it is, what is wrong with it (site.lint) and what is built from it (site.build).

The model and the files of a site are imported from here; lint and build, which need the roadmap, from their packages.
"""

from amr_core.site.files import load_site, maps_dir, site_dir
from amr_core.site.model import (
    Actor,
    AirLock,
    Box,
    Camera,
    CameraArea,
    Condition,
    Conveyor,
    Demand,
    Door,
    FleetRobot,
    FlowShare,
    Lane,
    Level,
    Lift,
    LiftStop,
    LoadType,
    Place,
    Point,
    Site,
    Station,
    Wall,
    Zone,
)

__all__ = [
    "Actor",
    "AirLock",
    "Box",
    "Camera",
    "CameraArea",
    "Condition",
    "Conveyor",
    "Demand",
    "Door",
    "FleetRobot",
    "FlowShare",
    "Lane",
    "Level",
    "Lift",
    "LiftStop",
    "LoadType",
    "Place",
    "Point",
    "Site",
    "Station",
    "Wall",
    "Zone",
    "load_site",
    "maps_dir",
    "site_dir",
]
