"""Packaging for colcon (ament_python) and for editable installs."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import find_packages, setup

NAME = "amr_sim"
VERSION = ElementTree.parse(Path(__file__).with_name("package.xml")).findtext("version")

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
    # Where ros2 run and launch files look for executables.
    options={"develop": {"script_dir": f"$base/lib/{NAME}"}, "install": {"install_scripts": f"$base/lib/{NAME}"}},
    entry_points={
        "console_scripts": [
            "simulator = amr_sim.nodes.simulator:main",
            "base_port = amr_sim.nodes.base_port:main",
            "gazebo_doors = amr_sim.nodes.gazebo_doors:main",
            "gazebo_movers = amr_sim.nodes.gazebo_movers:main",
            "uav = amr_sim.nodes.uav:main",
            "gazebo_truth = amr_sim.nodes.gazebo_truth:main",
        ]
    },
)
