"""Governance and permissions as XML, and whether such a document has the shape that DDS security asks for.

Source: DDS Security 1.1, sections 9.4.1.2 (governance) and 9.4.1.3 (permissions).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from amr_bringup.security.policy import Grant

DOMAINS: Final = (0, 232)
"""All ROS domains: the keystore says who may speak, the domain id only who meets."""
_TIME: Final = "%Y-%m-%dT%H:%M:%S"
_LONGEST: Final = 1_000_000  # characters
_KINDS: Final = "NONE|SIGN|ENCRYPT|SIGN_WITH_ORIGIN_AUTHENTICATION|ENCRYPT_WITH_ORIGIN_AUTHENTICATION"
_BOOL: Final = "true|false"


def governance() -> bytes:
    """Return the rules of all domains: nobody without a certificate, everything encrypted."""
    root = Element("dds")
    rule = SubElement(SubElement(root, "domain_access_rules"), "domain_rule")
    _domains(rule)
    _texts(rule, {
        "allow_unauthenticated_participants": "false", "enable_join_access_control": "true",
        "discovery_protection_kind": "ENCRYPT", "liveliness_protection_kind": "ENCRYPT",
        "rtps_protection_kind": "SIGN",
    })  # fmt: skip
    _texts(SubElement(SubElement(rule, "topic_access_rules"), "topic_rule"), {
        "topic_expression": "*", "enable_discovery_protection": "true", "enable_liveliness_protection": "true",
        "enable_read_access_control": "true", "enable_write_access_control": "true",
        "metadata_protection_kind": "ENCRYPT", "data_protection_kind": "ENCRYPT",
    })  # fmt: skip
    return _bytes(root)


def permissions(grant: Grant, since: datetime, until: datetime) -> bytes:
    """Return what the holder of the certificate "CN=<enclave>" may do between two UTC times; all else is denied."""
    root = Element("dds")
    one = SubElement(SubElement(root, "permissions"), "grant", name=grant.enclave)
    SubElement(one, "subject_name").text = f"CN={grant.enclave}"
    _texts(SubElement(one, "validity"), {"not_before": since.strftime(_TIME), "not_after": until.strftime(_TIME)})
    for name, publish, subscribe in (
        ("deny_rule", grant.deny_publish, ()), ("allow_rule", grant.publish, grant.subscribe),
    ):  # fmt: skip
        if publish or subscribe:
            rule = SubElement(one, name)
            _domains(rule)
            _topics(rule, "publish", publish)
            _topics(rule, "subscribe", subscribe)
    SubElement(one, "default").text = "DENY"
    return _bytes(root)


def _domains(rule: Element) -> None:
    low, high = DOMAINS
    _texts(SubElement(SubElement(rule, "domains"), "id_range"), {"min": str(low), "max": str(high)})


def _topics(rule: Element, name: str, topics: Sequence[str]) -> None:
    if topics:
        listed = SubElement(SubElement(rule, name), "topics")
        for topic in topics:
            SubElement(listed, "topic").text = topic


def _texts(parent: Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _bytes(root: Element) -> bytes:
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


# The shape ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """One element: text of this pattern, or these parts in this order (least, most of each)."""

    text: str = ""
    parts: tuple[tuple[str, _Part, int, int], ...] = ()
    attributes: frozenset[str] = frozenset()


_MANY: Final = 100_000
_DOMAIN_SET: Final = _Part(parts=(
    ("id", _Part(text=r"\d{1,3}"), 0, _MANY),
    ("id_range", _Part(parts=(("min", _Part(text=r"\d{1,3}"), 1, 1), ("max", _Part(text=r"\d{1,3}"), 0, 1))), 0, _MANY),
))  # fmt: skip
_TOPIC_RULE: Final = _Part(parts=(
    ("topic_expression", _Part(text=".+"), 1, 1),
    *((name, _Part(text=_BOOL), 1, 1) for name in (
        "enable_discovery_protection", "enable_liveliness_protection", "enable_read_access_control",
        "enable_write_access_control")),
    ("metadata_protection_kind", _Part(text=_KINDS), 1, 1),
    ("data_protection_kind", _Part(text="NONE|SIGN|ENCRYPT"), 1, 1),
))  # fmt: skip
_DOMAIN_RULE: Final = _Part(parts=(
    ("domains", _DOMAIN_SET, 1, 1),
    *((name, _Part(text=_BOOL), 1, 1) for name in (
        "allow_unauthenticated_participants", "enable_join_access_control")),
    *((name, _Part(text=_KINDS), 1, 1) for name in (
        "discovery_protection_kind", "liveliness_protection_kind", "rtps_protection_kind")),
    ("topic_access_rules", _Part(parts=(("topic_rule", _TOPIC_RULE, 1, _MANY),)), 1, 1),
))  # fmt: skip
_CRITERIA: Final = _Part(parts=(
    ("topics", _Part(parts=(("topic", _Part(text=".+"), 1, _MANY),)), 1, 1),
))  # fmt: skip
_RULE: Final = _Part(parts=(
    ("domains", _DOMAIN_SET, 1, 1), ("publish", _CRITERIA, 0, _MANY), ("subscribe", _CRITERIA, 0, _MANY),
))  # fmt: skip
_MOMENT: Final = _Part(text=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?")
_GRANT: Final = _Part(attributes=frozenset({"name"}), parts=(
    ("subject_name", _Part(text="CN=/.+"), 1, 1),
    ("validity", _Part(parts=(("not_before", _MOMENT, 1, 1), ("not_after", _MOMENT, 1, 1))), 1, 1),
    ("deny_rule", _RULE, 0, _MANY), ("allow_rule", _RULE, 0, _MANY),
    ("default", _Part(text="DENY"), 1, 1),
))  # fmt: skip
SHAPES: Final = {
    "governance": _Part(
        parts=(("domain_access_rules", _Part(parts=(("domain_rule", _DOMAIN_RULE, 1, _MANY),)), 1, 1),)
    ),
    "permissions": _Part(parts=(("permissions", _Part(parts=(("grant", _GRANT, 1, _MANY),)), 1, 1),)),
}


def misshapen(kind: str, text: bytes) -> str:
    """Return what is wrong with the shape of a "governance" or "permissions" document, "" when nothing is.

    Stricter than the specification in two ways: the default must be DENY, and denials come first, since the first
    rule that matches counts.
    """
    if len(text) > _LONGEST or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return "it is no plain XML of a sensible length"
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        return f"it is no XML: {error}"
    return f"the root is <{root.tag}>" if root.tag != "dds" else _wrong(root, SHAPES[kind], "dds")


def _wrong(element: Element, part: _Part, where: str) -> str:
    if set(element.attrib) != part.attributes and where != "dds":
        return f"{where} has attributes {sorted(element.attrib)}"
    if part.text:
        text = element.text or ""
        return "" if not len(element) and re.fullmatch(part.text, text) else f"{where} is {text[:64]!r}"
    children = list(element)
    for name, inner, least, most in part.parts:
        count = 0
        while children and children[0].tag == name and count < most:
            if found := _wrong(children.pop(0), inner, f"{where}/{name}"):
                return found
            count += 1
        if count < least:
            return f"{where} has no <{name}> where it belongs"
    return f"{where} has <{children[0].tag}> where it does not belong" if children else ""
