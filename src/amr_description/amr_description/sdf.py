"""The SDF model that Gazebo gets, from the URDF.

Gazebo could convert the URDF itself, but then fixed joints disappear in ways that depend on its version. Here each link
with a mass stays a link; a link without one becomes a frame of the link that carries it, and keeps its name. URDF's own
conventions (mu1, mu2 and <gazebo reference="...">) stay readable for other tools.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

SDF_VERSION = "1.10"  # what Gazebo Harmonic reads without conversion


def model_sdf(urdf: str, name: str) -> str:
    """Return an SDF document with one model called name made from a URDF text (with its gazebo elements)."""
    return ET.tostring(_Converter(ET.fromstring(urdf), name).document(), encoding="unicode", xml_declaration=True)


class _Converter:
    """Builds the model; carrier names the SDF link that a URDF link is part of."""

    def __init__(self, robot: ET.Element, name: str) -> None:
        self._robot = robot
        self._name = name
        self._urdf_links = {link.get("name", ""): link for link in robot.findall("link")}
        self._joints = robot.findall("joint")
        self._joint_of = {_attribute(joint, "child", "link"): joint for joint in self._joints}
        self._links: dict[str, ET.Element] = {}

    def document(self) -> ET.Element:
        sdf = ET.Element("sdf", version=SDF_VERSION)
        model = ET.SubElement(sdf, "model", name=self._name)
        for name, link in self._urdf_links.items():
            if link.find("inertial") is not None:
                self._links[name] = self._link(model, name, link)
        for name in self._urdf_links:
            if name not in self._links:
                self._frame(model, name)
        for joint in self._joints:
            if _attribute(joint, "child", "link") in self._links and self._parent_link(joint) is not None:
                self._joint(model, joint)
        for block in self._robot.findall("gazebo"):
            self._gazebo(model, block)
        return sdf

    def _carrier(self, name: str) -> str:
        """Return the link with a mass that a link belongs to: itself, one above or, for the root, the one below."""
        while name not in self._links:
            joint = self._joint_of.get(name)
            if joint is None:
                below = [
                    _attribute(j, "child", "link") for j in self._joints if _attribute(j, "parent", "link") == name
                ]
                return next(child for child in below if child in self._links)
            name = _attribute(joint, "parent", "link")
        return name

    def _parent_link(self, joint: ET.Element) -> str | None:
        parent = _attribute(joint, "parent", "link")
        carrier = self._carrier(parent)
        return None if carrier == _attribute(joint, "child", "link") else carrier

    def _place(self, name: str) -> tuple[str, str]:
        """Return the frame that a URDF link is placed in, and its pose there."""
        joint = self._joint_of.get(name)
        if joint is None:
            return "__model__", "0 0 0 0 0 0"
        return _attribute(joint, "parent", "link"), _origin(joint)

    def _link(self, model: ET.Element, name: str, link: ET.Element) -> ET.Element:
        made = ET.SubElement(model, "link", name=name)
        frame, pose = self._place(name)
        _text(made, "pose", pose).set("relative_to", frame)
        inertial = link.find("inertial")
        assert inertial is not None
        target = ET.SubElement(made, "inertial")
        _text(target, "pose", _origin(inertial))
        _text(target, "mass", _attribute(inertial, "mass", "value"))
        moments = inertial.find("inertia")
        assert moments is not None
        inertia = ET.SubElement(target, "inertia")
        for key in ("ixx", "ixy", "ixz", "iyy", "iyz", "izz"):
            _text(inertia, key, moments.get(key, "0"))
        for kind in ("visual", "collision"):
            for shape in link.findall(kind):
                _shape(made, kind, shape, "")
        return made

    def _frame(self, model: ET.Element, name: str) -> None:
        carrier = self._carrier(name)
        parent, pose = self._place(name)
        # The root is a frame of the link below it; both are at the model's origin.
        attached = carrier if parent == "__model__" else parent
        frame = ET.SubElement(model, "frame", {"name": name, "attached_to": attached})
        relative = "__model__" if parent == "__model__" else parent
        _text(frame, "pose", pose).set("relative_to", relative)
        for shape in self._urdf_links[name].findall("visual"):
            _shape(self._links[carrier], "visual", shape, name)

    def _joint(self, model: ET.Element, joint: ET.Element) -> None:
        kind = joint.get("type", "")
        made = ET.SubElement(model, "joint", name=joint.get("name", ""), type=_JOINTS[kind])
        _text(made, "parent", self._parent_link(joint) or "")
        _text(made, "child", _attribute(joint, "child", "link"))
        if kind == "fixed":
            return
        axis = ET.SubElement(made, "axis")
        _text(axis, "xyz", _attribute(joint, "axis", "xyz"))
        limit = joint.find("limit")
        if limit is not None:
            limits = ET.SubElement(axis, "limit")
            for key in ("lower", "upper", "effort", "velocity"):
                _text(limits, key, limit.get(key, "0"))
        dynamics = joint.find("dynamics")
        if dynamics is not None:
            _text(ET.SubElement(axis, "dynamics"), "damping", dynamics.get("damping", "0"))

    def _gazebo(self, model: ET.Element, block: ET.Element) -> None:
        reference = block.get("reference")
        if reference is None:
            model.extend(list(block))
            return
        link = self._links[self._carrier(reference)]
        for element in block:
            if element.tag == "sensor":
                pose = ET.Element("pose", relative_to=reference)
                pose.text = "0 0 0 0 0 0"
                element.insert(0, pose)
                link.append(element)
        friction = {key: block.findtext(f"{name}") for key, name in (("mu", "mu1"), ("mu2", "mu2"))}
        if any(value is not None for value in friction.values()):
            for collision in link.findall("collision"):
                ode = ET.SubElement(ET.SubElement(ET.SubElement(collision, "surface"), "friction"), "ode")
                for key, value in friction.items():
                    _text(ode, key, value or "1")


_JOINTS = {"fixed": "fixed", "continuous": "revolute", "revolute": "revolute", "prismatic": "prismatic"}


def _shape(link: ET.Element, kind: str, shape: ET.Element, frame: str) -> None:
    # By kind: in SDF whatever is below one link shares one space of names, and Gazebo's renderer ends with a
    # segmentation fault where a sensor and a visual have the same one.
    made = ET.SubElement(link, kind, name=f"{shape.get('name', '')}_{kind}")
    pose = _text(made, "pose", _origin(shape))
    if frame:
        pose.set("relative_to", frame)
    solid = shape.find("geometry/*")
    assert solid is not None
    geometry = ET.SubElement(ET.SubElement(made, "geometry"), solid.tag)
    for key, value in solid.attrib.items():
        _text(geometry, key, value)
    colour = shape.find("material/color")
    if colour is not None:
        material = ET.SubElement(made, "material")
        for key in ("ambient", "diffuse"):
            _text(material, key, colour.get("rgba", ""))


def _origin(element: ET.Element) -> str:
    origin = element.find("origin")
    return "0 0 0 0 0 0" if origin is None else f"{origin.get('xyz', '0 0 0')} {origin.get('rpy', '0 0 0')}"


def _attribute(element: ET.Element, path: str, name: str) -> str:
    found = element.find(path)
    assert found is not None, f"{element.get('name')} has no {path}"
    return found.get(name, "")


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = text
    return element
