"""Packaging for colcon (ament_python) and for editable installs."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import find_packages, setup

NAME = "amr_perception"
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
            "perception = amr_perception.nodes.main:perception",
            "camera_monitor = amr_perception.nodes.main:camera_monitor",
            "camera_setup = amr_perception.nodes.main:camera_setup",
            "recorder = amr_perception.nodes.main:recorder",
            "drive_recorder = amr_perception.nodes.main:drive_recorder",
            "label_reader = amr_perception.nodes.main:label_reader",
            "shelf_reader = amr_perception.nodes.main:shelf_reader",
        ]
    },
)
