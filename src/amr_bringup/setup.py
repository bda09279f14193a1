"""Packaging for colcon (ament_python) and for editable installs."""

import xml.etree.ElementTree as ElementTree
from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

NAME = "amr_bringup"
VERSION = ElementTree.parse(Path(__file__).with_name("package.xml")).findtext("version")

setup(
    name=NAME,
    version=VERSION,
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["**/*"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        (f"share/{NAME}/launch", sorted(glob("launch/*.launch.py"))),
    ],
    zip_safe=False,
    extras_require={"test": ["pytest"]},
    # Where ros2 run and launch files look for executables.
    options={"develop": {"script_dir": f"$base/lib/{NAME}"}, "install": {"install_scripts": f"$base/lib/{NAME}"}},
    entry_points={
        "console_scripts": [
            "amr = amr_bringup.cli:main",
            "health = amr_bringup.nodes.health:main",
            "start_check = amr_bringup.nodes.start_check:main",
            "nav2_check = amr_bringup.nodes.nav2_check:main",
            "container = amr_bringup.runner.child:main",
            "demand = amr_bringup.nodes.main:demand",
            "report = amr_bringup.nodes.main:report",
        ],
    },
)
