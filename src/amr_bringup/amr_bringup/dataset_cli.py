"""`amr dataset`: export a period as an open dataset; read a recording of the cameras back."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError
from amr_fleet.store.where import is_postgresql

if TYPE_CHECKING:
    from amr_core.site import Site

dataset_app = typer.Typer(no_args_is_help=True, help="The logistics dataset: export it, check recordings.")


@dataset_app.command()
def check(folder: Annotated[Path, typer.Argument(help="Folder that a run with --record wrote.")]) -> None:
    """Read a recording of the fixed cameras back and say what is in it; exit code 1 when a file has no end."""
    from amr_perception.recording.dataset import summarise

    found = summarise(folder)
    shown = {**vars(found), "messages": dict(found.messages), "detections": dict(found.detections)}
    typer.echo(json.dumps(shown, indent=2))
    raise typer.Exit(1 if found.broken else 0)


@dataset_app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder to write; must not be there yet.")],
    source: Annotated[
        str, typer.Argument(metavar="STATE", help="A --state folder, a journal file, or postgresql://user@host/name.")
    ] = "",
    state: Annotated[str, typer.Option("--journal", "--state", help="The same as STATE.")] = "",
    period: Annotated[
        str, typer.Option(help="2027, 2027-Q1, 2027-01, 2027-W03, 2027-01-05, FROM/TO (end excluded) or all.")
    ] = "all",
    profile: Annotated[
        str, typer.Option(help="public: dates moved, key destroyed; partner: true dates, the key can be kept.")
    ] = "public",
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    recordings: Annotated[
        Path | None, typer.Option(help="Folder with MCAP files (--record of a run); STATE/recordings when left out.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Partner: file of the key, made when it is not there; same key, same names.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Simulated data only: the key comes from this seed, same bytes every time.")
    ] = None,
    epoch: Annotated[
        str, typer.Option("--simulated-from", "--epoch", help="Day on which a simulation's clock began.")
    ] = "2027-01-01",
    company_prefix: Annotated[str, typer.Option(help="GS1 company prefix for robots and places in EPCIS.")] = "9520000",
    licence: Annotated[str, typer.Option(help="CC-BY-4.0, CC-BY-SA-4.0 or CC0-1.0.")] = "CC-BY-4.0",
    publisher: Annotated[str, typer.Option(help="Who publishes it.")] = "Cảng Cái Cui",
    poses: Annotated[
        bool | None, typer.Option(help="Robots' tracks as MCAP for Foxglove, too; when left out: for up to a day.")
    ] = None,
) -> None:
    """Export a period as Parquet, CSV, OCEL 2.0 and EPCIS 2.0 with their metadata; all of it or nothing."""
    from amr_core.site import load_site
    from amr_fleet.dataset.export import ExportOptions
    from amr_fleet.dataset.export import export as export_dataset
    from amr_fleet.dataset.release import PROFILES

    if profile not in PROFILES:
        raise AmrError("run.bad_option", option="--profile", value=profile[:32], reason="public or partner")
    first, model = _day(epoch), load_site(site)
    if source and state:
        raise AmrError("run.bad_option", option="STATE", value=source[:64], reason="say once which journal to read")
    journal, folder = _journal(source or state or _usual())
    found = recordings or (folder / "recordings" if folder else None)
    if recordings is not None and not recordings.is_dir():
        raise AmrError("run.bad_option", option="--recordings", value=str(recordings), reason="no such folder")
    options = ExportOptions(
        journal=journal, site=model, period=period, profile="public" if profile == "public" else "partner",
        out=out.absolute(), tracks=folder / "tracks.sqlite3" if folder else None,
        recordings=sorted(found.glob("*.mcap")) if found else (), epoch=first, seed=seed, key=key,
        prefix=company_prefix, licence=licence, publisher=publisher, version=version("amr_fleet"), commit=_commit(),
        roles=_roles(journal, folder), site_files=site_files(site, model), pose_recordings=poses,
    )  # fmt: skip
    done = export_dataset(options, lambda text: typer.echo(text, err=True))
    rows = ", ".join(f"{name} {count}" for name, count in done.rows.items())
    typer.echo(f"{out}: {done.files} files, {done.size} bytes, root {done.root}\n{rows}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AmrError("run.bad_option", option="--simulated-from", value=text[:32], reason=str(error)) from None


Journal = Annotated[str, typer.Option("--journal", "--state", help="A --state folder, a journal file, or a database.")]
By = Annotated[str, typer.Option(help="Who decides.")]


@dataset_app.command()
def release(
    folder: Annotated[Path, typer.Argument(help="A dataset that `amr dataset export` wrote.")],
    by: By,
    second: Annotated[str, typer.Option(help="The second person who agrees.")],
    journal: Journal = "",
    judged: Annotated[str, typer.Option(help="What `make validators` said, in one line.")] = "",
) -> None:
    """Write into the journal that a dataset goes out, with its root hash; the fleet must stand."""
    from amr_fleet.dataset import gate

    gone = gate.release(folder, _journal(journal or _usual())[0], by=by, second=second, judged=judged)
    typer.echo(f"{gone.name} ({gone.profile}): root {gone.root}, let out by {gone.by} and {gone.second}")


@dataset_app.command()
def withdraw(
    root: Annotated[str, typer.Argument(help="Root of a release, as `amr dataset releases` lists it.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why.")],
    journal: Journal = "",
) -> None:
    """Write into the journal that a release is withdrawn; it stays listed."""
    from amr_fleet.dataset import gate

    gate.withdraw(root, _journal(journal or _usual())[0], by=by, reason=reason)
    typer.echo(f"{root} is withdrawn")


@dataset_app.command()
def releases(journal: Journal = "") -> None:
    """List what went out, also what was withdrawn."""
    from amr_fleet.dataset import gate
    from amr_fleet.store.journal import JournalStore

    with closing(JournalStore(_journal(journal or _usual())[0])) as store:
        for gone in gate.releases(store):
            state = f"WITHDRAWN: {gone.withdrawn}" if gone.withdrawn else "stands"
            typer.echo(f"{gone.root}  {gone.name}  {gone.profile}  {gone.by}, {gone.second}  {state}")


def _usual() -> str:
    """Return where a journal usually is: AMR_DATABASE, the working directory, or state/ in it."""
    if named := os.environ.get("AMR_DATABASE"):
        return named
    return "." if Path("journal.sqlite3").is_file() else "state"


def _journal(state: str) -> tuple[str, Path | None]:
    """Return the database of a state and the folder beside it, None for a server."""
    if is_postgresql(state):
        return state, None
    path = Path(state)
    path = path / "journal.sqlite3" if path.is_dir() else path
    if not path.is_file():
        raise AmrError("store.failed", reason=f"there is no journal in {state}")
    return str(path), path.parent


def _roles(journal: str, folder: Path | None) -> Mapping[str, str]:
    """Return the roles of the accounts beside a journal; the names stay in memory."""
    from amr_fleet.store.accounts import AccountStore
    from amr_fleet.store.database import Database

    where = str(folder / "users.sqlite3") if folder else journal
    if folder and not Path(where).is_file():
        return {}
    with closing(AccountStore(Database(where))) as accounts:
        return {account.name: account.role for account in accounts.all()}


def site_files(site: str, model: Site) -> dict[str, bytes]:
    """Return lif.json, map.pgm and map.yaml of a site."""
    from PIL import Image

    from amr_core.roadmap import build_roadmap
    from amr_core.site.files import site_dir
    from amr_interop.lif.export import to_lif

    lif = to_lif(model, build_roadmap(model), datetime(2027, 1, 1, tzinfo=UTC))
    found = {"lif.json": (json.dumps(lif, ensure_ascii=False, indent=1) + "\n").encode()}
    folder = site_dir(site)
    if (folder / "map.png").is_file() and (folder / "map.yaml").is_file():
        image = io.BytesIO()
        with Image.open(folder / "map.png") as picture:
            picture.convert("L").save(image, "PPM")
        about = (folder / "map.yaml").read_text(encoding="utf-8").replace("map.png", "map.pgm")
        found |= {"map.pgm": image.getvalue(), "map.yaml": about.encode()}
    return found


def _commit() -> str:
    """Return the commit of the checkout that runs, "" where it is none."""
    call = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(call, capture_output=True, text=True, timeout=5.0, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
