"""`amr assistant`: ask the assistant on a state file, and evaluate it on files of questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.evaluate import Evaluation, figures, load_facts, load_rows
from amr_fleet.assistant.fuzz import BEHIND, behind, fuzz, questions
from amr_fleet.assistant.misspelling import misspelt_rows
from amr_fleet.assistant.paired import compared, read_outcomes
from amr_fleet.assistant.understanding import Understanding

assistant_app = typer.Typer(help="The Vietnamese assistant: try it on a state file, evaluate it.", no_args_is_help=True)


@assistant_app.command("eval")
def evaluate(
    files: Annotated[list[Path], typer.Argument(help="Rows or dialogues, one JSON object a line.")],
    fixture: Annotated[Path, typer.Option(help="The state of the fleet, a JSON file.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what was said to each row here.")] = None,
    show: Annotated[bool, typer.Option("--wrong", help="Print the rows that were not understood.")] = False,
    misspelt: Annotated[int, typer.Option(min=0, help="Ask so many of the rows, with one or two words misspelt.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed, the same rows misspelt alike.")] = 1,
    against: Annotated[Path | None, typer.Option(help="What another version wrote by --json: which is better?")] = None,
) -> None:
    """Ask every question of the files and print the share of right answers by variant."""
    before = read_outcomes(against) if against else []
    rows = [row for file in files for row in load_rows(file)]
    if misspelt:
        rows = list(misspelt_rows(rows, misspelt, seed))
    outcomes = Evaluation(load_facts(fixture)).run(rows)
    summary = figures(outcomes)
    if json_file:
        json_file.write_text(
            json.dumps({"figures": summary, "rows": outcomes}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    if show:
        for outcome in outcomes:
            if not outcome["right"]:
                got = outcome["calls"] or outcome["proposals"] or outcome["why"]
                typer.echo(
                    f"{outcome['id']}  {outcome['text']}\n    {outcome['kind']} {json.dumps(got, ensure_ascii=False)}"
                )
    for name, counts in summary["variants"].items():
        typer.echo(
            f"{name:12} {counts['right']:4} of {counts['rows']:4} right ({100 * counts['share']:.1f} %), "
            f"{counts['asked_back']} of the rest asked back or refused"
        )
    if summary["too_late"]:
        typer.echo(f"{summary['too_late']} not right only since their order has ended: understood, no button")
    typer.echo(
        f"commands done at once: {summary['executed']}; "
        f"p95 {summary['ms_p95']:.1f} ms ({summary['cpu_ms_p95']:.1f} of CPU), longest {summary['ms_max']:.1f} ms"
    )
    if against:
        found = compared(outcomes, before)
        for sign, ids in (("+", found.won), ("-", found.lost)):
            for row_id in ids if show else ():
                typer.echo(f"{sign} {row_id}")
        typer.echo(
            f"against {against}: {found.rows} rows of both, {len(found.won)} right only now, "
            f"{len(found.lost)} only before: {found.verdict} (exact McNemar, p = {found.p:.3g})"
        )


@assistant_app.command("fuzz")
def fuzz_questions(
    files: Annotated[list[Path], typer.Argument(help="Rows whose questions are bent out of shape.")],
    fixture: Annotated[Path, typer.Option(help="The state of the fleet, a JSON file.")],
    sentences: Annotated[int, typer.Option(min=1, help="How many.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same sentences.")] = 1,
    show: Annotated[bool, typer.Option("--proposed", help="Print those that became proposals.")] = False,
    most: Annotated[int, typer.Option("--most-proposals", min=0, help="So many may become proposals.")] = 20,
) -> None:
    """Ask sentences that nobody would type, and the questions behind commands.

    Exit code 1 when one of them did anything, when more than --most-proposals became proposals (half of two questions
    may read like a wish), or when a question behind a command proposed what it does not propose alone.
    """
    seeds = questions([row for file in files for row in load_rows(file)])
    understanding = Understanding(load_facts(fixture))
    found = fuzz(understanding, seeds, count=sentences, seed=seed)
    after = behind(understanding, seeds)
    for text in found.acted + (found.proposed if show else []) + after.acted + after.proposed:
        typer.echo(repr(text))
    typer.echo(
        f"{sentences} sentences: {len(found.acted)} acted, {len(found.proposed)} became proposals, "
        + ", ".join(f"{count} {kind}" for kind, count in sorted(found.kinds.items()))
    )
    typer.echo(
        f"{len(seeds)} questions behind each of {len(BEHIND)} commands: {len(after.acted)} acted, "
        f"{len(after.proposed)} proposed what they do not propose alone"
    )
    raise typer.Exit(1 if found.acted or len(found.proposed) > most or after.acted or after.proposed else 0)


@assistant_app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What a person would type.")],
    fixture: Annotated[Path, typer.Option(help="The state of the fleet, a JSON file.")],
    role: Annotated[str, typer.Option(help="viewer, operator, engineer or admin.")] = "operator",
) -> None:
    """Answer one sentence on a state file; nothing is ever done."""
    answer = Conversation(user="shell", role=role).ask(Understanding(load_facts(fixture)), text)
    typer.echo(answer.text)
    for choice in answer.choices:
        typer.echo(f"  - {choice}")
