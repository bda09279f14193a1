"""`amr sandbox`: controlled trials: check a permit's record, see what a journal says of trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_bringup.signing import AuthoritiesOption, PassphraseOption, SignerOption, person_seal, small_file
from amr_core.errors import AmrError
from amr_core.site import load_site

EvidenceOption = Annotated[Path | None, typer.Option(help="Folder of the key; beside the journal when left out.")]

if TYPE_CHECKING:
    from amr_fleet.sandbox.book import TrialBook

sandbox_app = typer.Typer(no_args_is_help=True, help="Controlled trials (sandbox): check a permit, dossier, verify.")
SiteOption = Annotated[str, typer.Option(help="Name or folder of the site.")]
RecordFile = Annotated[Path, typer.Argument(help="The record as YAML or JSON; docs/sandbox.md describes it.")]
StateFolder = Annotated[Path, typer.Argument(help="A --state folder, or its journal file.")]


@sandbox_app.command()
def check(record: RecordFile, site: SiteOption = "cai_cui") -> None:
    """Say what is wrong with a record and what robots would not reach under it; exit code 1 when it has faults."""
    from amr_fleet.domain.trial_review import review
    from amr_fleet.sandbox.record import load

    loaded = load(record)
    found = review(loaded, load_site(site))
    print(f"{loaded.trial_id}: SHA-256 {loaded.sha256()}")
    for fault in found.findings:
        print(f"error {fault.error()}")
    if found.missing:
        print(f"before it can be submitted: {', '.join(found.missing)}")
    reached = found.stations - len(found.out_of_reach)
    print(f"{reached} of {found.stations} stations and chargers are within reach")
    for station in found.out_of_reach:
        print(f"  out of reach: {station}")
    if found.simulated is not None:
        print(f"{len(found.simulated.refused)} of {found.simulated.ways} ways between two places are refused")
        for robot in found.simulated.robots:
            print(f"parked outside, so that the trial cannot start: {robot}")
    raise typer.Exit(1 if found.findings else 0)


@sandbox_app.command()
def cards(
    out: Annotated[Path | None, typer.Argument(help="A new folder; each card becomes ID.json in it.")] = None,
) -> None:
    """List the test cards that come with the project, with their sample sizes, or write them down as JSON."""
    from amr_fleet.sandbox import standard_cards

    for card in standard_cards.CARDS:
        plan = card.plan
        print(f"{card.id}: {card.title.vi}: {plan.n} lần, được hỏng {plan.c} (R {plan.R:g}, C {plan.C:g})")
    if out is not None:
        print(f"{out}: {len(standard_cards.write(out))} cards")


@sandbox_app.command()
def show(state: StateFolder) -> None:
    """Print all trials of a journal with their versions, steps and breaches."""
    from amr_fleet.sandbox.record import local

    book = trial_book(state)
    if not book.trials:
        print("no trials")
    for trial in book.trials.values():
        envelope = trial.record.envelope
        print(f"{trial.trial_id}: {trial.state}, {envelope.begin.isoformat()} to {envelope.end.isoformat()}")
        for version in trial.versions:
            print(f"  version {version.number} by {version.user}, SHA-256 {version.sha256}")
        for step in trial.transitions:
            who = " and ".join(name for name in (step.user, step.second) if name) or "by itself"
            when = local(book.utc(step.t)).isoformat(timespec="seconds")
            print(f"  {when} {step.before} -> {step.state} {who} {step.reason}".rstrip())
        print(f"  {len(trial.breaches)} breaches, {len(trial.incidents)} incidents, {len(trial.cards)} test cards")


@sandbox_app.command()
def dossier(
    state: StateFolder,
    out: Annotated[Path, typer.Argument(help="The folder to write, or a file that ends in .zip; must not exist.")],
    site: SiteOption = "cai_cui",
    trial: Annotated[str, typer.Option(help="Which trial; not needed when there is only one.")] = "",
    evidence: EvidenceOption = None,
    signer: SignerOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Write the dossier of a trial: RO-Crate, signed attestations, journal, PDF; the same journal, the same bytes."""
    from amr_fleet.dossier.build import write

    seal = None if signer is None else person_seal(signer, passphrase_file)
    files = write(str(journal_file(state)), out, load_site(site), trial_id=trial, evidence=evidence, seal=seal)
    print(f"{out}: {len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB")


@sandbox_app.command()
def verify(
    dossier: Annotated[Path, typer.Argument(help="A dossier: its folder or its .zip.")],
    key: Annotated[
        str, typer.Option(help="The public key as the permit's annex has it: its line, or a file that holds it.")
    ] = "",
    authorities: AuthoritiesOption = None,
) -> None:
    """Say in plain Vietnamese what of a dossier holds and what does not; exit code 1 when anything does not."""
    from amr_fleet.dossier import verify as checking

    line = Path(key).read_text(encoding="utf-8").strip() if key and Path(key).is_file() else key
    believed = None if authorities is None else small_file(authorities)
    checks = checking.verify(checking.read(dossier), line, believed)
    for one in checks:
        print(f"{'ĐÚNG' if one.holds else 'SAI '}  {one.says}")
    wrong = sum(not one.holds for one in checks)
    print(f"KẾT LUẬN: hồ sơ KHÔNG còn nguyên vẹn, {wrong} điểm sai." if wrong else "KẾT LUẬN: hồ sơ nguyên vẹn.")
    raise typer.Exit(1 if wrong else 0)


def journal_file(state: Path) -> Path:
    """Return the journal of a --state folder, or raise store.failed."""
    file = state / "journal.sqlite3" if state.is_dir() else state
    if not file.is_file():
        raise AmrError("store.failed", reason=f"there is no journal at {state}")
    return file


def trial_book(state: Path) -> TrialBook:
    """Return the trials of a journal."""
    from amr_fleet.sandbox.book import book_of
    from amr_fleet.store.journal import read_entries

    return book_of(read_entries(str(journal_file(state))))
