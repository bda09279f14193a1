"""`amr site robot-type`: a robot type of a site, made of the factsheet of a robot."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.site import Site, site_dir
from amr_core.yaml_files import read_yaml

if TYPE_CHECKING:
    from amr_core.site import OwnType

_KEY = "robot_types:"


def add_robot_type(
    file: Annotated[Path, typer.Argument(help="A factsheet (VDA 5050 2.x or 3.0) as JSON.")],
    name: Annotated[str, typer.Option("--id", help="Name of the new type, as acme_t20.")],
    site: Annotated[str, typer.Option(help="Name or folder of the site that gets it.")],
    like: Annotated[str, typer.Option(help="lift_amr or fork_robot: whose the rest is; else by its class.")] = "",
    say: Annotated[
        list[str] | None,
        typer.Option("--set", help="What the factsheet does not say or says wrongly: max_payload=800."),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Write nothing, only say what it would be.")] = False,
) -> None:
    """Write a robot type of a site, from a factsheet and what you add; say all that was filled in."""
    from amr_interop.vda.robot_types import own_type

    try:
        payload = file.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise AmrError("run.bad_option", option="FACTSHEET", value=str(file), reason=reason) from error
    if like not in ("", "lift_amr", "fork_robot"):
        raise AmrError("run.bad_option", option="--like", value=like[:32], reason="lift_amr or fork_robot")
    own, notes = own_type(payload, name, like, _added(say or []))
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    row = "  - " + json.dumps(own.model_dump(), ensure_ascii=False) + "\n"
    path = site_dir(site) / "site.yaml"
    text = _with(path.read_text(encoding="utf-8"), row)
    _check(path, text, own)
    typer.echo(row, nl=False)
    if not dry_run:
        new = path.with_name(".site.yaml.new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, path)
        typer.echo(f"{path}: robots with type {own.name} in its fleet are of it; then amr site lint, amr site build")


def _added(words: list[str]) -> dict[str, float]:
    from amr_interop.vda.robot_types import NUMBERS

    added: dict[str, float] = {}
    for word in words:
        key, _, value = word.partition("=")
        try:
            if key not in NUMBERS:
                raise ValueError(f"one of {', '.join(NUMBERS)}")
            added[key] = float(value)
        except ValueError as error:
            raise AmrError("run.bad_option", option="--set", value=word[:64], reason=str(error)) from None
    return added


def _with(text: str, row: str) -> str:
    """Return the text of a site file with one more type; its comments and its order stay."""
    lines = text.splitlines(keepends=True)
    at = next((i for i, line in enumerate(lines) if line.rstrip() == _KEY), None)
    if at is not None:
        return "".join([*lines[: at + 1], row, *lines[at + 1 :]])
    end = "" if not text or text.endswith("\n") else "\n"
    return (
        f"{text}{end}\n# Types of robots by other makers, from their factsheets (`amr site robot-type`).\n{_KEY}\n{row}"
    )


def _check(path: Path, text: str, own: OwnType) -> None:
    """Raise site.invalid unless the file is a site that has the type once: nothing broken takes the place of a site."""
    new = path.with_name(".site.yaml.check")
    new.write_text(text, encoding="utf-8")
    try:
        model = Site.model_validate(read_yaml(new))
    except ValidationError as error:
        first = error.errors()[0]
        raise AmrError("site.invalid", where=".".join(map(str, first["loc"])), reason=first["msg"]) from error
    except ValueError as error:
        raise AmrError("site.unreadable", reason=str(error)) from error
    finally:
        new.unlink(missing_ok=True)
    if [kind.name for kind in model.robot_types].count(own.name) != 1:
        raise AmrError("site.invalid", where=f"robot_types.{own.name}", reason="there is a type of that name already")
    if own.name in ("lift_amr", "fork_robot"):
        raise AmrError("site.invalid", where=f"robot_types.{own.name}", reason="that is a type of ours")
