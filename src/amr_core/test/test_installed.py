"""Run by `colcon test`: what is installed knows its sites, with their worlds."""

from amr_core.gridmap import GridMap
from amr_core.site import load_site, maps_dir, site_dir
from amr_core.site_build.files import world_path


def test_sites_and_worlds_are_there() -> None:
    sites = sorted(path.parent.name for path in maps_dir().glob("*/site.yaml"))
    assert {"cai_cui", "lab"} <= set(sites)
    for site in sites:
        assert load_site(site).id == site
        assert GridMap.load(site_dir(site) / "map.yaml").rows > 0
        world = world_path(site)
        assert world.is_file()
        assert (world.parent / "tags" / "36h11_001.png").is_file()
        assert (world.parent / "meshes" / "person.obj").is_file()
