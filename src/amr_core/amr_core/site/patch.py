"""Changes in a site file as text: what nobody changed stays as somebody wrote it, comments and order included.

Every changed value is found in the text by the marks of the YAML parser and written anew in its place; objects are
known by their id, robots by their name, flows of the demand by where they lead. Pure; whoever calls it compares what
the new text holds with what was wanted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from amr_core.yaml_files import LOADER

Item = Mapping[str, Any]
Section = Sequence[Item] | Item
_NAMES: Final = (("id",), ("name",), ("pick", "drop"))
"""What tells one object of a list from another, the first of these that it has."""
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OTHER_MEANING: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def patched(text: str, old: Mapping[str, Section], new: Mapping[str, Section], values: Item | None = None) -> str:
    """Return the text with what `new` holds in the place of `old`: section -> its objects, or its values by name.

    An object's value None is left out of the text. values: of the site itself, name -> value; the text has them all.
    Raises ValueError where the text is not written so that changes can be put into it: anchors, or a document that is
    no mapping.
    """
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=LOADER)):
        raise ValueError("it has anchors")
    root = yaml.compose(text, Loader=LOADER)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise ValueError("it is not written as a block of sections")
    edits = _Edits(text)
    for section, items in new.items():
        pair, before = _pair(root, section), old.get(section, [])
        if isinstance(items, Mapping) or isinstance(before, Mapping):
            if pair is None or not (isinstance(items, Mapping) and isinstance(before, Mapping)):
                raise ValueError(f"it has no {section}")
            edits.mapping(pair[1], before, items)
        elif pair is None:
            if items:
                edits.append(f"\n{section}:\n" + "".join(_block_item(i, "  ") for i in items))
        elif list(items) != list(before):
            edits.sequence(*pair, before, items)
    for name, value in (values or {}).items():
        pair = _pair(root, name)
        if pair is None:
            raise ValueError(f"it has no {name}")
        edits.value(pair[1], value)
    return edits.done()


def lines_of(text: str, sections: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the line (from 1) at which each object of some sections begins, each station of a place, each flow."""
    root = yaml.compose(text, Loader=LOADER)
    found: dict[tuple[str, str], int] = {}
    for section in sections:
        pair = _pair(root, section) if isinstance(root, yaml.MappingNode) else None
        if pair is None:
            continue
        mix = _pair(pair[1], "mix")
        for item in _items(mix[1] if mix is not None else pair[1]):
            found.setdefault((section, _id(item)), item.start_mark.line + 1)
            inner = _pair(item, "stations")
            for station in _items(inner[1]) if inner is not None else ():
                found.setdefault((section, _id(station)), station.start_mark.line + 1)
    return found


def name_of(item: Item) -> str:
    """Return what an object is known by: its id, of a robot its name, of a flow "dock block"; "" = nothing."""
    return next((" ".join(str(item[k]) for k in names) for names in _NAMES if all(k in item for k in names)), "")


def written(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float):
        short = round(value, 6)
        return str(int(short)) if short == int(short) else repr(short)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {written(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _OTHER_MEANING
        return value if plain else json.dumps(value, ensure_ascii=False)
    return str(value)


class _Edits:
    """Replacements in a text, collected and made at once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._made: list[tuple[int, int, str]] = []
        self._tail = ""

    def append(self, text: str) -> None:
        self._tail += text

    def value(self, node: yaml.Node, new: Any) -> None:
        """Write a value anew that stands on the line of its name."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            raise ValueError("it is written as a block")
        self._made.append((node.start_mark.index, _end(node), written(new)))

    def done(self) -> str:
        out, at = [], 0
        for start, end, new in sorted(self._made, key=lambda e: (e[0], e[1])):
            if start < at:
                raise ValueError("two changes lie in each other")
            out += [self._text[at:start], new]
            at = end
        out.append(self._text[at:])
        whole = "".join(out)
        return whole if not self._tail else whole.rstrip("\n") + "\n" + self._tail

    def sequence(self, key: yaml.Node, node: yaml.Node, old: Sequence[Item], new: Sequence[Item]) -> None:
        """Change the objects of a list; where ids or their order do not tell which is which, write it anew."""
        before = [name_of(i) for i in old]
        kept = [name_of(i) for i in new if name_of(i) in set(before)]
        told = len(set(before)) == len(before) and len({name_of(i) for i in new}) == len(new)
        items = _items(node)
        in_order = kept == [i for i in before if i in set(kept)]
        if not told or not in_order or [_id(item) for item in items] != before or not kept:
            self._whole(key, node, new)
            return
        by_id = {name_of(i): i for i in new}
        gone = [k for k, item in enumerate(items) if _id(item) not in by_id]
        for k, item in enumerate(items):
            if k not in gone:
                self.mapping(item, old[k], by_id[before[k]])
        spans = [(item.start_mark.index, _end(item)) for item in items]
        added = [i for i in new if name_of(i) not in set(before)]
        if _is_flow(node):
            self._cut_flow(spans, gone)
            self._made += [(spans[-1][1], spans[-1][1], "".join(f", {written(i)}" for i in added))] if added else []
            return
        for k in gone:
            self._made.append((self._line_start(spans[k][0]), self._line_end(spans[k][1]), ""))
        if added:
            at = self._line_end(spans[-1][1])
            first = "" if self._text[at - 1] == "\n" else "\n"
            indent = " " * (self._text.rindex("-", 0, spans[0][0]) - self._line_start(spans[0][0]))
            self._made.append((at, at, first + "".join(_block_item(i, indent) for i in added)))

    def mapping(self, node: yaml.Node, old: Item, new: Item) -> None:
        """Change the values of an object that differ."""
        changed = [k for k in new if new[k] != old.get(k)]
        if not changed or not isinstance(node, yaml.MappingNode):
            return
        pairs = node.value
        names = [k.value for k, _ in pairs]
        self._drop(node, [names.index(k) for k in changed if new[k] is None and k in names])
        for name in changed:
            if new[name] is None:
                continue
            if name not in names:
                self._insert(node, f"{name}: {written(new[name])}")
                continue
            key, value = pairs[names.index(name)]
            if _objects(new[name]) and _objects(old.get(name)):
                self.sequence(key, value, old[name], new[name])
            elif isinstance(value, yaml.CollectionNode) and not value.flow_style:
                self._made.append((key.end_mark.index + 1, _end(value), f" {written(new[name])}"))
            else:
                self._made.append((value.start_mark.index, _end(value), written(new[name])))

    def _insert(self, node: yaml.MappingNode, pair: str) -> None:
        at = _end(node.value[-1][1])
        indent = " " * node.value[0][0].start_mark.column
        self._made.append((at, at, f", {pair}" if node.flow_style else f"\n{indent}{pair}"))

    def _drop(self, node: yaml.MappingNode, gone: Sequence[int]) -> None:
        spans = [(k.start_mark.index, _end(v)) for k, v in node.value]
        if node.flow_style:
            self._cut_flow(spans, gone)
        else:
            self._made += [(self._line_start(spans[k][0]), self._line_end(spans[k][1]), "") for k in gone]

    def _cut_flow(self, spans: Sequence[tuple[int, int]], gone: Sequence[int]) -> None:
        """Cut entries with their comma: with the one behind them as long as only such ones are in front."""
        leading = 0
        while leading in gone:
            leading += 1
        for k in gone:
            whole = (spans[k][0], spans[k + 1][0]) if k < leading and k + 1 < len(spans) else None
            self._made.append((*(whole or (spans[k - 1][1] if k else spans[k][0], spans[k][1])), ""))

    def _whole(self, key: yaml.Node, node: yaml.Node, new: Sequence[Item]) -> None:
        indent = " " * (key.start_mark.column + 2)
        text = "\n" + "".join(_block_item(i, indent) for i in new).rstrip("\n") if new else " []"
        if new and _is_flow(node) and key.start_mark.column and self._in_flow(key):
            text = " " + written(list(new))
        self._made.append((key.end_mark.index + 1, _end(node), text))

    def _in_flow(self, key: yaml.Node) -> bool:
        return "{" in self._text[self._line_start(key.start_mark.index) : key.start_mark.index]

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end + 1


def _block_item(item: Item, indent: str) -> str:
    """Return an object as an entry of a list: on one line, unless it holds objects itself."""
    if not any(_objects(value) for value in item.values()):
        return f"{indent}- {written(item)}\n"
    lines = []
    for name, value in item.items():
        if _objects(value):
            lines += [f"{name}:", *(f"  - {written(one)}" for one in value)]
        elif value is not None:
            lines.append(f"{name}: {written(value)}")
    return f"{indent}- {lines[0]}\n" + "".join(f"{indent}  {line}\n" for line in lines[1:])


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and name_of(one) for one in value)


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _pair(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == name), None)


def _items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _id(node: yaml.Node) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return name_of({str(key.value): value.value for key, value in pairs})


def _end(node: yaml.Node) -> int:
    """Return where a node ends; the mark of a block lies behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    return int(node.end_mark.index)
