"""A settings file that an engineer wrote, as plain values: YAML of a limited length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from amr_core.errors import AmrError


def read_yaml(path: str | Path, most: int, name: str) -> Any:
    """Return what a YAML file of at most `most` bytes says, None = nothing.

    Raises parameter.invalid of `name`, which names the file: it cannot be read, is longer, or is no YAML.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ValueError(f"it is larger than {most} bytes")
        return yaml.safe_load(data.decode("utf-8"))
    except Exception as error:  # of a wrong date, number or truth YAML raises whatever Python does
        reason = f"{path} cannot be read: {' '.join(str(error).split())[:200]}"
        raise AmrError("parameter.invalid", name=name, node="fleet", reason=reason) from error
