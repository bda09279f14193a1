"""Packaging for colcon (ament_python) and for editable installs."""

import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

NAME = "amr_core"
VERSION = ElementTree.parse(Path(__file__).with_name("package.xml")).findtext("version")
ROOT = Path(__file__).resolve().parents[2]


class BuildWithSites(build_py):
    """Puts the sites of the checkout into the package, each with its world: an installation has no maps/ beside it.

    An editable installation reads the checkout's own.
    """

    def run(self):
        super().run()
        if getattr(self, "editable_mode", False) or not (ROOT / "maps").is_dir():
            return
        target = Path(self.build_lib) / NAME / "maps"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(ROOT / "maps", target)
        for site in target.iterdir():
            shutil.copy(ROOT / "worlds" / f"{site.name}.sdf", site)
            for folder in ("tags", "meshes"):
                shutil.copytree(ROOT / "worlds" / folder, site / folder)


setup(
    name=NAME,
    version=VERSION,
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["**/*"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
    ],
    zip_safe=False,
    extras_require={"test": ["pytest"]},
    cmdclass={"build_py": BuildWithSites},
    entry_points={"console_scripts": []},
)
