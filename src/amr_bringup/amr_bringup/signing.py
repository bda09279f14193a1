"""Options of commands that let a person sign a PDF, or look at who has."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError

if TYPE_CHECKING:
    from amr_fleet.dossier.pades import Seal

SignerOption = Annotated[
    Path | None, typer.Option(help="PKCS#12 file of the person who signs the PDF (PAdES); needs `make setup-sign`.")
]
PassphraseOption = Annotated[
    Path | None, typer.Option(help="File whose first line opens it; asked for when left out.")
]  # fmt: skip
AuthoritiesOption = Annotated[
    Path | None,
    typer.Option(help="PEM certificates of those who may certify the person that must have signed the PDF."),
]


def person_seal(signer: Path, passphrase_file: Path | None, reason: str = "") -> Seal:
    """Return what signs a PDF for a person; raise evidence.bad_key."""
    from amr_fleet.dossier.pades import DOSSIER, sealer

    if passphrase_file is None:
        word = str(typer.prompt(f"Passphrase of {signer}", hide_input=True))
    else:
        word = small_file(passphrase_file).decode(errors="replace").partition("\n")[0].rstrip("\r")
    return sealer(signer, word, time.time(), reason or DOSSIER)


def small_file(path: Path) -> bytes:
    """Return the bytes of a small file; raise evidence.bad_key."""
    try:
        with path.open("rb") as file:
            return file.read(1 << 20)
    except OSError as error:
        raise AmrError("evidence.bad_key", reason=f"{path}: {error.strerror or type(error).__name__}") from error
