"""A settings file that an engineer wrote, as plain values: YAML of a limited length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from amr_core.errors import AmrError
from amr_core.yaml_files import parse_yaml

M = TypeVar("M", bound=BaseModel)


class FrozenModel(BaseModel):
    """A part of a settings file: nothing that it does not know, nothing that changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def check_names(what: str, names: Sequence[str]) -> None:
    """Raise ValueError where two have one name. what: of what there are two, in the plural."""
    if len(set(names)) < len(names):
        raise ValueError(f"two {what} have one name")


def read_model(path: str | Path, most: int, name: str, kind: type[M], node: str = "fleet") -> M:
    """Return what a YAML file of at most `most` bytes says as a model. node: whose settings they are.

    Raises parameter.invalid of what is wrong in it first, of `name` when it is the file as a whole.
    """
    raw = read_yaml(path, most, name, node)
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:64] or name
        reason = f"{first['msg']} ({Path(path).name})"
        raise AmrError("parameter.invalid", name=where, node=node, reason=reason) from error


def read_yaml(path: str | Path, most: int, name: str, node: str = "fleet") -> Any:
    """Return what a YAML file of at most `most` bytes says, None = nothing.

    Raises parameter.invalid of `name`, which names the file: it cannot be read, is longer, or is no YAML.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ValueError(f"it is larger than {most} bytes")
        return parse_yaml(data.decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = f"{path} cannot be read: {' '.join(str(error).split())[:200]}"
        raise AmrError("parameter.invalid", name=name, node=node, reason=reason) from error
