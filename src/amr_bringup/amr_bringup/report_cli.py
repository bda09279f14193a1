"""`amr report`: the shift report of a journal, the periodic report to an authority, and whether a filed one holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from amr_bringup.incident_cli import told
from amr_bringup.signing import AuthoritiesOption, NeededSigner, PassphraseOption, SignerOption, person_seal, small_file
from amr_core.errors import AmrError
from amr_core.site import load_site

SiteOption = Annotated[
    str, typer.Option(envvar="AMR_SITE", help="Name of a site under maps/, or a folder with a site.yaml.")
]
JournalOption = Annotated[
    str,
    typer.Option(
        envvar="AMR_DATABASE",
        help="Journal file, --state folder or postgresql://user@host/name; the one in this folder when left out.",
    ),
]
EvidenceOption = Annotated[
    Path | None, typer.Option(help="Folder of key and marks; beside the file when left out (PostgreSQL: give it).")
]


class _ShiftUnlessNamed(TyperGroup):
    """`amr report JOURNAL OUT` is `amr report shift JOURNAL OUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name first where only its arguments are given."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["shift", *args]
        return super().parse_args(ctx, args)


report_app = typer.Typer(
    no_args_is_help=True, cls=_ShiftUnlessNamed, help="Reports of a journal: shift, periodic (to an authority), verify."
)


@report_app.command()
def shift(
    journal: Annotated[Path, typer.Argument(help="The journal file of a run (journal.sqlite3 in the --state folder).")],
    output: Annotated[Path, typer.Argument(help="The file to write: .pdf, .xlsx or .json.")],
    site: SiteOption = "cai_cui",
    begin: Annotated[
        float | None, typer.Option(help="Begin in fleet seconds; the whole journal when left out.")
    ] = None,
    end: Annotated[float | None, typer.Option(help="End in fleet seconds.")] = None,
    lang: Annotated[str, typer.Option(help="vi or en.")] = "vi",
) -> None:
    """Write the shift report of a journal; the same journal gives the same bytes. The word shift may be left out."""
    from amr_bringup.shift_report import write_report

    write_report(load_site(site), journal, output, begin, end, lang)


@report_app.command()
def periodic(
    period: Annotated[str, typer.Option(help="2027-01, 2027-Q1, 2027-H1 or 2027.")],
    journal: JournalOption = "",
    out: Annotated[Path, typer.Option(help="Folder to write bao-cao-PERIOD.docx, .pdf and .json into.")] = Path(),
    formats: Annotated[str, typer.Option("--format", help="Which of docx, pdf, json.")] = "docx,pdf,json",
    site: SiteOption = "cai_cui",
    calendar: Annotated[
        bool, typer.Option("--calendar", help="Calendar months instead of the legal ones (15th to 14th).")
    ] = False,
    simulated_from: Annotated[
        str, typer.Option(help="Day on which a simulation's clock began; that of its first checkpoint when left out.")
    ] = "",
    letterhead: Annotated[
        Path | None, typer.Option(help="YAML with parent, issuer, number, date, recipients and other texts.")
    ] = None,
    evidence: EvidenceOption = None,
    signer: SignerOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Write the periodic report in the form of Decree 30/2020: editable DOCX, PDF, and the data as JSON."""
    from amr_bringup.periodic_report import PeriodicRequest, write_periodic
    from amr_fleet.dossier.pades import REPORT

    request = PeriodicRequest(
        site=load_site(site), journal=journal, evidence=evidence, rule="calendar" if calendar else "legal",
        simulated_from=simulated_from, letterhead=letterhead,
    )  # fmt: skip
    seal = None if signer is None else person_seal(signer, passphrase_file, REPORT)
    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    for path in write_periodic(request, period, out, wanted, seal):
        print(path)


@report_app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="A periodic report as PDF, for instance one that was filed.")],
    out: Annotated[Path, typer.Argument(help="The signed PDF to write; must not exist.")],
    signer: NeededSigner,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Let a person sign a periodic report that was made before, without a change to its own bytes."""
    from amr_bringup.periodic_report import sign_file
    from amr_fleet.dossier.pades import REPORT

    sign_file(file, out, person_seal(signer, passphrase_file, REPORT))
    print(out)


@report_app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="A shift report or a count as the page gives it (.pdf), or a periodic one.")
    ],
    key: Annotated[str, typer.Option(help="The site's public key: its line, or a file that holds it.")] = "",
    journal: JournalOption = "",
    site: SiteOption = "cai_cui",
    evidence: EvidenceOption = None,
    authorities: AuthoritiesOption = None,
) -> None:
    """Say whether a report is as it was signed, and of a periodic one its figures, too; exit code 1 when not."""
    from amr_bringup.periodic_report import PeriodicRequest, verify_file
    from amr_bringup.signed_report import checks_of, is_of_pages
    from amr_fleet.periodic.verify import holds

    if is_of_pages(file):
        checks, known = checks_of(file, key, journal, evidence)
        if wrong := told(checks):
            print(f"KẾT LUẬN: báo cáo KHÔNG đáng tin, {wrong} điểm sai.")
        else:
            print(f"KẾT LUẬN: báo cáo nguyên vẹn{'' if known else ', nhưng CHƯA biết ai ký'}.")
        raise typer.Exit(1 if wrong else 0)

    believed = None if authorities is None else small_file(authorities)
    try:
        answers = verify_file(PeriodicRequest(site=load_site(site), journal=journal, evidence=evidence), file, believed)
    except AmrError as error:
        if error.code != "report.not_ours":
            raise
        says = f"không phải báo cáo định kỳ do hệ thống này lập ({error.sentence}), và KHÔNG có chữ ký của kho"
        print(f"KHÔNG KIỂM ĐƯỢC  {file.name}: {says} (kho không có khóa, hoặc chữ ký đã bị bỏ đi)")
        raise typer.Exit(1) from error
    words = {True: "đúng", False: "SAI", None: "không rõ"}
    for answer in answers:
        print(f"{words[answer.holds]:>8}  {answer.question}")
        for line in answer.seen:
            print(f"          - {line}")
    good = holds(answers)
    print(f"{file.name}: {'số liệu và điểm kiểm tra khớp với nhật ký' if good else 'KHÔNG khớp với nhật ký'}")
    raise typer.Exit(0 if good else 1)
