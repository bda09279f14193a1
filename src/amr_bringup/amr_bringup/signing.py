"""Options of commands that let a person sign a PDF, or look at who has."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError

if TYPE_CHECKING:
    from amr_fleet.dossier.pades import Seal

_SIGNER = typer.Option(
    help="PKCS#12 file of the person who signs the PDF (PAdES), or a key in that person's token: "
    "pkcs11:token=LABEL?module-path=LIBRARY. Needs `make setup-sign`."
)
SignerOption = Annotated[str | None, _SIGNER]
NeededSigner = Annotated[str, _SIGNER]
PassphraseOption = Annotated[
    Path | None, typer.Option(help="File whose first line opens it (passphrase or PIN); asked for when left out.")
]  # fmt: skip
AuthoritiesOption = Annotated[
    Path | None,
    typer.Option(help="PEM certificates of those who may certify the person that must have signed the PDF."),
]


def person_seal(signer: str, passphrase_file: Path | None, reason: str = "") -> Seal:
    """Return what signs a PDF for a person, by the key in a PKCS#12 file or a token; raise evidence.bad_key."""
    from amr_fleet.dossier.pades import DOSSIER, sealer, token_sealer
    from amr_fleet.dossier.token import SCHEME, token_key

    if in_token := signer.startswith(SCHEME):
        token_key(signer)  # nobody types a PIN for what is wrong already
    if passphrase_file is None:
        word = str(typer.prompt(f"{'PIN' if in_token else 'Passphrase'} of {signer}", hide_input=True))
    else:
        word = small_file(passphrase_file).decode(errors="replace").partition("\n")[0].rstrip("\r")
    if in_token:
        return token_sealer(signer, word, time.time(), reason or DOSSIER)
    return sealer(Path(signer), word, time.time(), reason or DOSSIER)


def small_file(path: Path) -> bytes:
    """Return the bytes of a small file; raise evidence.bad_key."""
    try:
        with path.open("rb") as file:
            return file.read(1 << 20)
    except OSError as error:
        raise AmrError("evidence.bad_key", reason=f"{path}: {error.strerror or type(error).__name__}") from error
