"""Packaging for colcon (ament_python) and for editable installs."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import find_packages, setup

NAME = "amr_lab"
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
    extras_require={"test": ["pytest"]},
    # The names of the group are commands of `amr` (amr_bringup.extensions).
    entry_points={
        "amr.commands": [
            "bench = amr_lab.bench.cli:bench_app",
            "simulate = amr_lab.operation.cli:simulate",
            "study = amr_lab.study.cli:study",
        ],
    },
)
