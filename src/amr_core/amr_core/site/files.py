"""Where sites are on the disk, and reading one."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.robots import add_type
from amr_core.site.camera_files import with_camera_files
from amr_core.site.model import Site
from amr_core.yaml_files import read_yaml


def maps_dir() -> Path:
    """Return the folder that holds one folder per site: the checkout's maps/, else the packaged copy."""
    checkout = Path(__file__).resolve().parents[4] / "maps"
    return checkout if checkout.is_dir() else Path(str(resources.files("amr_core"))) / "maps"


def site_names() -> tuple[str, ...]:
    """Return the names of the sites that come with the project, in the order of the alphabet."""
    return tuple(sorted(path.parent.name for path in maps_dir().glob("*/site.yaml")))


def site_dir(site: str) -> Path:
    """Return the folder of a site given by name or by path, or raise site.unknown."""
    for candidate in (Path(site), maps_dir() / site):
        if (candidate / "site.yaml").is_file():
            return candidate.resolve()
    if Path(site).name == "site.yaml" and Path(site).is_file():
        return Path(site).resolve().parent
    raise AmrError("site.unknown", site=site, known=", ".join(site_names()))


def load_site(site: str) -> Site:
    """Read and validate the site called site (a name under maps/ or a path), with its cameras' files. Raises site.*.

    Its own robot types are known to this process from then on.
    """
    path = site_dir(site) / "site.yaml"
    try:
        raw = read_yaml(path)
    except (OSError, ValueError) as error:
        raise AmrError("site.unreadable", reason=" ".join(str(error).split())) from error
    try:
        model = Site.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise AmrError("site.invalid", where=".".join(map(str, first["loc"])), reason=first["msg"]) from error
    for kind in model.robot_types:
        add_type(kind.robot_type())
    return with_camera_files(model, path.parent)
