"""`amr accept`: the acceptance test of an installation, card by card (docs/acceptance.md)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from amr_core.errors import AmrError


def accept(
    card: Annotated[list[str] | None, typer.Argument(help="Cards, such as A02; all when left out.")] = None,
    out: Annotated[Path, typer.Option(help="Folder to write; must not be there yet.")] = Path("acceptance"),
    quick: Annotated[bool, typer.Option(help="Without the long cards.")] = False,
) -> None:
    """Run the acceptance test and write a protocol to sign; exit code 1 when a card that ran did not pass."""
    from amr_bringup.acceptance import run as running
    from amr_bringup.acceptance.cards import CARDS, chosen

    try:
        cards = chosen(card or [], quick=quick)
    except KeyError as error:
        known = ", ".join(one.id for one in CARDS)
        raise AmrError("run.bad_option", option="card", value=error.args[0], reason=f"there are {known}") from error
    try:
        out.mkdir(parents=True)
    except OSError as error:
        raise AmrError("run.bad_option", option="--out", value=str(out), reason=error.strerror or "") from error
    work, began = out / "work", time.time()
    work.mkdir()
    outcomes: list[running.CardOutcome] = []
    for one in cards:
        typer.echo(f"{one.id} {one.en} ...")
        ground = {done.card.id for done in outcomes if done.passed}
        outcome = running.run_card(one, work.absolute(), ground, running.amr)
        outcomes.append(outcome)
        typer.echo(f"{one.id} {'passed' if outcome.passed else 'FAILED'} in {outcome.seconds:.0f} s")
        for fault in outcome.faults:
            typer.echo(f"  {fault}")
        # After each card: what was shown stays when the computer goes down.
        (out / "protocol.json").write_bytes(running.as_bytes(outcomes, began))
        (out / "protocol.md").write_text(running.as_page(outcomes, began), encoding="utf-8")
    good = sum(outcome.passed for outcome in outcomes)
    typer.echo(f"{good} of {len(outcomes)} cards passed; {out / 'protocol.md'}")
    if missing := running.as_json(outcomes, began)["not_run"]:
        typer.echo(f"not run: {', '.join(missing)}")
    raise typer.Exit(0 if good == len(outcomes) else 1)
