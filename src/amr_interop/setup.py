"""Packaging for colcon (ament_python) and for editable installs."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import find_packages, setup

NAME = "amr_interop"
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
            "gateway = amr_interop.nodes.main:gateway",
            "vda_robot = amr_interop.nodes.main:vda_robot",
            "demo_broker = amr_interop.nodes.main:demo_broker",
            "mavlink = amr_interop.nodes.main:mavlink",
            "door_adapter = amr_interop.nodes.main:door_adapter",
        ],
        # The names of the group are commands of `amr` (amr_bringup.extensions).
        "amr.commands": ["mqtt = amr_interop.cli:mqtt_app", "doors = amr_interop.cli:doors_app"],
    },
)
