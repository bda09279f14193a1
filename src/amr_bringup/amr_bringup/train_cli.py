"""`amr train`: the exercises of the operator course, judged by what is in a training site's journal (docs/course)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError

if TYPE_CHECKING:
    from amr_fleet import training

train_app = typer.Typer(no_args_is_help=True, help="Operator course: the tasks of a lesson, and the score.")
Number = Annotated[int, typer.Argument(help="Number of the lesson.")]


@train_app.command("tasks")
def tasks(number: Number) -> None:
    """Print what to do in a lesson, in Vietnamese."""
    from amr_fleet.training import PASS

    lesson = _lesson(number)
    typer.echo(f"Bài {lesson.number}. {lesson.vi} (đạt từ {PASS} điểm)")
    for task in lesson.tasks:
        typer.echo(f"  {task.id} {task.vi}")
    for mistake in lesson.mistakes:
        typer.echo(f"  Tránh: {mistake.vi}")


@train_app.command("score")
def score(
    number: Number,
    state: Annotated[Path, typer.Argument(help="The --state folder of the training site.")],
) -> None:
    """Judge what a trainee did; exit code 1 when it is not enough."""
    from amr_fleet import training
    from amr_fleet.store.journal import read_entries

    lesson, journal = _lesson(number), state / "journal.sqlite3"
    if not journal.is_file():
        raise AmrError("store.failed", reason=f"there is no journal in {state}")
    result = training.score(lesson, read_entries(str(journal)))
    typer.echo(f"Bài {lesson.number}. {lesson.vi}")
    for task in lesson.tasks:
        typer.echo(f"  {'ĐẠT ' if task.id in result.done else 'CHƯA'} {task.id} {task.vi}")
    for mistake in lesson.mistakes:
        if mistake.id in result.made:
            typer.echo(f"  LỖI  {mistake.vi} (-{training.MISTAKE})")
    typer.echo(f"{result.points}/100: {'đạt' if result.passed else 'chưa đạt'}")
    raise typer.Exit(0 if result.passed else 1)


def _lesson(number: int) -> training.Lesson:
    from amr_fleet.training import LESSONS

    for lesson in LESSONS:
        if lesson.number == number:
            return lesson
    known = ", ".join(str(lesson.number) for lesson in LESSONS)
    raise AmrError("run.bad_option", option="lesson", value=str(number), reason=f"there are {known}")
