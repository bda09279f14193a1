"""Writes a parameter file: plain values as YAML, with a comment above a node or parameter that needs one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Comments = Mapping[str, str]
WIDTH = 116


def render(nodes: Mapping[str, Any], comments: Comments, head: str) -> str:
    """Return the YAML text of {node: params}; comments are by dotted name, "node" or "node.parameter"."""
    lines = [f"# {line}" for line in head.splitlines()]
    for name, params in nodes.items():
        lines += ["", *_comment(comments, name, 0)]
        parents = name.split("/")
        for depth, part in enumerate(parents):
            lines.append(f"{'  ' * depth}{part}:")
        lines.append(f"{'  ' * len(parents)}ros__parameters:")
        lines += _mapping(params, parents[-1], len(parents) + 1, comments)
    return "\n".join(lines) + "\n"


def _mapping(params: Mapping[str, Any], where: str, depth: int, comments: Comments) -> Iterator[str]:
    for key, value in params.items():
        name = f"{where}.{key}"
        yield from _comment(comments, name, depth)
        if isinstance(value, Mapping):
            yield f"{'  ' * depth}{key}:"
            yield from _mapping(value, name, depth + 1, comments)
        else:
            yield f"{'  ' * depth}{key}: {_scalar(value)}"


def _comment(comments: Comments, name: str, depth: int) -> list[str]:
    text = comments.get(name, "")
    out, line = [], ""
    for word in text.split():
        if len(line) + len(word) > WIDTH - 2 * depth:
            out.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [f"{'  ' * depth}# {part}" for part in ([*out, line] if text else [])]


def _scalar(value: Any) -> str:
    """JSON is YAML; a float keeps its point, or ROS would read an int."""
    if isinstance(value, float):
        text = repr(round(value, 4))
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
