"""`amr site import lif` and `amr site export lif`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site

import_app = typer.Typer(no_args_is_help=True, help="Make a site from the layout of another tool.")
export_app = typer.Typer(no_args_is_help=True, help="Write a site for other tools.")


@import_app.callback()
def _import() -> None:
    """Make a site from the layout of another tool."""


@export_app.callback()
def _export() -> None:
    """Write a site for other tools."""


@import_app.command("lif")
def import_lif(
    file: Annotated[Path, typer.Argument(help="A LIF document, version 1 or 2.")],
    to: Annotated[Path, typer.Option(help="Folder for the new site.yaml.")] = Path("imported_site"),
    degrees: Annotated[bool, typer.Option(help="Its angles are degrees, against the format.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Write nothing, only say what was found.")] = False,
) -> None:
    """Read a layout leniently, say all that deviates or was filled in, and write a site; exit code 1 by lint."""
    from amr_core.site.lint import lint
    from amr_interop.lif.reading import read_lif
    from amr_interop.lif.site import to_site

    lif = read_lif(file, degrees=degrees)
    values = to_site(lif)
    try:
        site = Site.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise AmrError("lif.invalid", where=where, reason=str(first["msg"])) from None
    for text in lif.findings:
        typer.echo(f"note: {text}")
    findings = lint(site)
    for finding in findings:
        typer.echo(str(finding))
    target = to / "site.yaml"
    if not dry_run:
        if target.exists():
            raise AmrError("run.bad_option", option="--to", value=str(to), reason="there is a site.yaml already")
        to.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=120)
        target.write_text(
            f"# From {file.name} (LIF {lif.version}), by `amr site import lif`.\n{text}", encoding="utf-8"
        )
        typer.echo(target)
    raise typer.Exit(1 if any(finding.severity == "error" for finding in findings) else 0)


@export_app.command("lif")
def export_lif(
    site: Annotated[str, typer.Argument(help="Name or folder of the site.")],
    version: Annotated[str, typer.Option(help="Version of LIF: 1.0.0 or 2.0.0.")] = "1.0.0",
    output: Annotated[Path | None, typer.Option(help="File to write; else it is printed.")] = None,
) -> None:
    """Write a site's nodes, edges and stations as LIF."""
    from amr_interop.lif.export import VERSION, to_lif
    from amr_interop.lif.export2 import VERSION as VERSION_2
    from amr_interop.lif.export2 import to_lif2

    writers = {VERSION: to_lif, VERSION_2: to_lif2}
    if version not in writers:
        reason = f"{' and '.join(writers)} are written"
        raise AmrError("run.bad_option", option="--version", value=version[:32], reason=reason)
    model = load_site(site)
    values = writers[version](model, build_roadmap(model), datetime.now(UTC))
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
