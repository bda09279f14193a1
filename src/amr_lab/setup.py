"""Packaging for colcon (ament_python) and for editable installs."""

from setuptools import find_packages, setup

NAME = "amr_lab"

setup(
    name=NAME,
    version="0.1.0",
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
            "study = amr_lab.study.cli:study",
        ],
    },
)
