"""Run by `colcon test`: what is installed knows its sites, with their worlds."""

import json
import subprocess
import sys
from pathlib import Path

QUESTION = """
import json
from amr_core.gridmap import GridMap
from amr_core.site import load_site, maps_dir, site_dir
from amr_core.site.build import world_path

answer = {}
for site in sorted(path.parent.name for path in maps_dir().glob("*/site.yaml")):
    world = world_path(site)
    files = [world, world.parent / "tags" / "36h11_001.png", world.parent / "meshes" / "person.obj"]
    rows = GridMap.load(site_dir(site) / "map.yaml").rows
    answer[load_site(site).id] = {"rows": rows, "missing": [str(file) for file in files if not file.is_file()]}
print(json.dumps(answer))
"""


def test_sites_and_worlds_are_there(tmp_path: Path) -> None:
    # In a process of its own, elsewhere: pytest itself would import the sources beside this file.
    done = subprocess.run([sys.executable, "-c", QUESTION], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {"cai_cui", "lab"} <= set(answer)
    for site, found in answer.items():
        assert found["rows"] > 0, site
        assert found["missing"] == [], site
