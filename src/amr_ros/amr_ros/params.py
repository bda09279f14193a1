"""ROS parameters as one frozen pydantic model per node."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter

from amr_core.errors import AmrError

ModelT = TypeVar("ModelT", bound=BaseModel)


def load_params(node: Node, model: type[ModelT]) -> ModelT:
    """Declare each field of model as a read-only parameter of node, read the values and validate them.

    Field types: bool, int, float, str, Literal, Enum, Path, and lists or tuples of them. A field without a default must
    be given. Raises AmrError("parameter.invalid") with the name of the first wrong parameter.
    """
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        value = _declare(node, name, default, field.description or "")
        if value is not None or default is None:
            values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AmrError(
            "parameter.invalid", name=where, node=node.get_fully_qualified_name(), reason=first["msg"]
        ) from error


def to_parameters(values: Mapping[str, Any]) -> list[Parameter]:
    """Return parameter overrides for a node's constructor."""
    return [Parameter(name, value=_plain(value)) for name, value in values.items()]


def _declare(node: Node, name: str, default: Any, description: str) -> Any:
    # Dynamic typing lets an int override a float; pydantic then does the real check.
    descriptor = ParameterDescriptor(name=name, description=description, dynamic_typing=True, read_only=True)
    start = None if default is PydanticUndefined else _plain(default)
    value = node.declare_parameter(name, start, descriptor).value
    return list(value) if hasattr(value, "typecode") else value


def _plain(value: Any) -> Any:
    """Return a value that a ROS parameter can hold."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(item) for item in value]
        # A ROS list has one type: [0.5, 1] is a list of floats.
        return [float(item) for item in items] if any(isinstance(item, float) for item in items) else items
    return value
