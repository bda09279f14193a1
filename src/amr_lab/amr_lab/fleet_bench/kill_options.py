"""Which options of `amr bench kills` go together."""

from __future__ import annotations

from amr_core.errors import AmrError


def check_kills(
    *, ros: bool, vda5050: bool, apart: bool, database: str, only: str, every: float, orders: int, at_loads: bool
) -> None:  # fmt: skip
    """Raise run.bad_option for an option of --ros without it, or one that does not go with the kind of run."""
    for option, given in (("--only", only), ("--every", every), ("--orders", orders), ("--at-loads", at_loads)):
        if given and not ros:
            raise AmrError("run.bad_option", option=option, value=str(given)[:64], reason="only with --ros")
    wrong = (
        ("--apart", apart and vda5050),
        ("--vda5050", vda5050 and ros),
        ("--at-loads", at_loads and every),
        ("--database", database and (ros or vda5050)),
    )
    for option, together in wrong:
        if together:
            other = "--every" if option == "--at-loads" else "--ros" if ros else "--vda5050"
            raise AmrError("run.bad_option", option=option, value="", reason=f"not together with {other}")
