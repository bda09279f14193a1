"""Reads robot models with Drake: its URDF parser, and the real libsdformat for SDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydrake.multibody.parsing import Parser
from pydrake.multibody.plant import MultibodyPlant

from amr_description.sdf import model_sdf
from amr_description.urdf import urdf

# Drake's own note on what it does not simulate, made after libsdformat accepted the element.
DRAKE_NOTE = re.compile(r"\S+:\d+: warning: Ignoring unsupported SDFormat element in \w+: (\w+)")
# gz-sensors 8 reads a sensor's frame from an element that SDF's schema does not know.
FRAME_ID = re.compile(r"\s*<gz_frame_id>(\w+)</gz_frame_id>")


@dataclass
class Model:
    """A model that was read: the plant, complaints of the parser, and the elements that Drake leaves out."""

    plant: Any
    complaints: list[str]
    left_out: set[str]

    def frame(self, name: str) -> npt.NDArray[np.float64]:
        """Return the 4 x 4 pose of a frame in base_link, all joints at zero."""
        context = self.plant.CreateDefaultContext()
        base = self.plant.GetFrameByName("base_link")
        found = self.plant.GetFrameByName(name)
        return (
            np.asarray(found.CalcPoseInWorld(context).GetAsMatrix4())
            if base is None
            else np.asarray(self.plant.CalcRelativeTransform(context, base, found).GetAsMatrix4())
        )

    def inertia(self, body: str) -> Any:
        """Return the spatial inertia of a body."""
        return self.plant.GetBodyByName(body).default_spatial_inertia()


def read(path: Path, caplog: pytest.LogCaptureFixture) -> Model:
    """Read a model file."""
    caplog.clear()
    plant = MultibodyPlant(0.0)
    complaints: list[str] = []
    try:
        Parser(plant).AddModels(str(path))
        plant.Finalize()
    except (RuntimeError, ValueError) as error:
        complaints.append(str(error))
    left_out = set()
    for record in caplog.records:
        note = DRAKE_NOTE.fullmatch(record.getMessage())
        if note:
            left_out.add(note[1])
        else:
            complaints.append(record.getMessage())
    return Model(plant, complaints, left_out)


def gazebo_sdf(kind: str, name: str = "amr_01") -> str:
    """Return what Gazebo gets."""
    return model_sdf(urdf(kind, name, gazebo=True), name)
