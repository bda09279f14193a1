"""The worlds, read by the real libsdformat, which Drake's wheel carries (docs/adr/0004)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydrake.multibody.parsing import Parser
from pydrake.multibody.plant import MultibodyPlant

from amr_core.site.build import world_path

SITES = ["cai_cui", "lab"]
# Drake's own note on what it does not simulate, made after libsdformat accepted the element.
DRAKE_NOTE = re.compile(
    r"\S+:\d+: warning: "
    r"(?:Ignoring unsupported SDFormat element in (?:world|model|link):|Unsupported value for SDFormat element) (\w+).*"
)


def read_sdf(path: Path, caplog: pytest.LogCaptureFixture) -> tuple[int, list[str], set[str]]:
    """Return the number of models, libsdformat's complaints, and the elements of the world that Drake leaves out."""
    caplog.clear()
    # The parser does not keep the plant alive.
    plant = MultibodyPlant(0.0)
    try:
        models = len(Parser(plant).AddModels(str(path)))
        complaints = []
    except (RuntimeError, ValueError) as error:
        models, complaints = 0, [str(error)]
    left_out = set()
    for record in caplog.records:
        note = DRAKE_NOTE.fullmatch(record.getMessage())
        if note:
            left_out.add(note[1])
        else:
            complaints.append(record.getMessage())
    return models, complaints, left_out


@pytest.mark.parametrize("site", SITES)
def test_libsdformat_accepts_the_world(
    site: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    models, complaints, left_out = read_sdf(world_path(site), caplog)
    assert complaints == []
    assert models == world_path(site).read_text(encoding="utf-8").count("<model ")
    assert left_out == {"physics", "plugin", "gravity", "scene", "light", "particle_emitter", "sensor"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("<static>true</static>", "<static>maybe</static>", "Invalid boolean value"),
        ("<size>20.2 0.2 3</size>", "<size>wide 0.2 3</size>", "Error reading element <size>"),
        ("<size>20.2 0.2 3</size>", "<size>-20.2 0.2 3</size>", "Value of <size> is negative"),
        ("<pose>10 0 1.5 0 0 0</pose>", "<pose>10 0 1.5 0 0</pose>", "must have 6 values"),
        ('type="directional"', 'type="laser"', "Invalid light type"),
        ('<model name="building">', "<model>", "Required attribute[name]"),
        (' type="ignored"', "", "Required attribute[type]"),
        ('filename="gz-sim-physics-system" ', "", "Required attribute[filename]"),
        ('<model name="cameras">', '<model name="building">', "Non-unique name[building]"),
        ("<static>true</static>", "<colour>red</colour>", "not defined in SDF"),
        ("<box><size>20.2 0.2 3</size></box>", "<cube/>", "not defined in SDF"),
        ('version="1.10"', 'version="9.9"', "Unable to convert from SDF version 9.9"),
        (' version="1.10"', "", "Unable to read file"),
        ('<joint name="x" type="prismatic">', '<joint name="x">', "Required attribute[type]"),
        ("<mass>1</mass>", "<mass>heavy</mass>", "Error reading element <mass>"),
        ("<child>beam</child>", "<child>boom</child>", "boom"),
        ("<uri>", "<url>", "Error"),
        ("<lifetime>8</lifetime>", "<lifetime>long</lifetime>", "Error reading element <lifetime>"),
        ("</world>", "", "Error parsing XML"),
    ],
)
def test_libsdformat_rejects_a_broken_world(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, good: str, bad: str, complaint: str
) -> None:
    text = world_path("lab").read_text(encoding="utf-8")
    assert good in text
    broken = tmp_path / "broken.sdf"
    broken.write_text(text.replace(good, bad, 1), encoding="utf-8")
    assert complaint in "\n".join(read_sdf(broken, caplog)[1])
