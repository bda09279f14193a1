"""Packaging for colcon (ament_python) and for editable installs."""

from setuptools import find_packages, setup

NAME = "amr_sim"

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
    # Where ros2 run and launch files look for executables.
    options={"develop": {"script_dir": f"$base/lib/{NAME}"}, "install": {"install_scripts": f"$base/lib/{NAME}"}},
    entry_points={
        "console_scripts": [
            "simulator = amr_sim.nodes.simulator:main",
            "base_port = amr_sim.nodes.base_port:main",
            "gazebo_truth = amr_sim.nodes.gazebo_truth:main",
        ]
    },
)
