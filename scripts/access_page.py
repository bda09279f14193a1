"""docs/access.md: who gets what of every route, by role and by the state of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STATES: Sequence[str] = ("none", "expired", "must change", "must enrol")
"""No session at all, one that is over, an administrator's with a password that somebody else gave, and one's whose role
needs a two-step log-in that was not set up."""
KINDS: Sequence[str] = ("pin", "token", "oidc")
"""Other ways to log in than a password."""
_HEAD = """# Who may call what

Generated from the routes by `scripts/contracts.py`; do not edit. `tests/api/test_access_matrix.py` asks every route in
every state and compares. *in* = the route itself answers; 401 = `auth.required`; 403 = `auth.forbidden`; password = 403
`auth.change_password`; code = 403 `auth.code_set_up`. none, expired: no session, or one that is over. must change: an
administrator whose password somebody else gave. must enrol: one whose role needs a two-step log-in that was not set up.
The live feed (`/api/v1/live`, WebSocket) is a viewer's; it is closed in the first four states and to a worker
(`tests/api/test_hardening.py`). The assistant's tools over MCP (`/mcp`, `/api/v1/mcp`) are a viewer's with a Bearer
token; a cookie opens nothing there. A role may what those to its left may; but viewer and authority, who only look
on, say nothing of loads (`/work`).

The last columns are other ways to log in: **PIN** on an enrolled tablet, a **token** of a program (`Authorization:
Bearer`), **OIDC**. *role* = what the role gets; 403 = nobody who came in so, whatever the role. The test asks every
route with a PIN of each role that may have one, a token of each role, and as an administrator by OIDC. A token is not
narrower than its role: give a program an account of its own with the least role that does. Push messages go to no
browser with a PIN (403 `push.with_pin`).

"""
_OTHERS = """
What stands before every route, by the way of the log-in (words as above; how long a session may live, and how long it
may rest):

"""


def matrix(document: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return for each route ("GET", path) what each of STATES and ROLES gets."""
    from amr_fleet.api.auth import UNCHANGED, UNENROLLED
    from amr_fleet.api.users import ROLES

    found: dict[tuple[str, str], list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            least = operation["x-role"]
            but = operation.get("x-role-not", ())
            if not least:
                cells = ["in"] * (len(STATES) + len(ROLES))
            else:
                unchanged = "in" if path in UNCHANGED else "password"
                roles = ["in" if ROLES.index(r) >= ROLES.index(least) and r not in but else "403" for r in ROLES]
                unenrolled = "in" if path in UNENROLLED else "code"
                cells = ["401", "401", unchanged, unenrolled, *roles]
            found[method.upper(), path] = cells
    return found


def kinds(document: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return for each route what those get who logged in by each of KINDS: "role" or "403"."""
    found: dict[tuple[str, str], list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            taken = operation.get("x-log-in", KINDS)
            found[method.upper(), path] = ["role" if kind in taken else "403" for kind in KINDS]
    return found


def before(kind: str) -> list[str]:
    """Return what a session of a kind gets in the states must change and must enrol, where nothing is excepted."""
    return ["in" if kind == "oidc" else "password", "code" if kind in ("password", "oidc") else "in"]


def _long(seconds: float) -> str:
    """Return a time in the largest unit of which it has one."""
    unit, name = next(one for one in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")) if seconds >= one[0])
    return f"{seconds / unit:g} {name}"


def access_page(document: Mapping[str, Any]) -> str:
    """Return the page."""
    from amr_fleet.api.users import LIFE, PIN_ROLES, ROLES

    columns = [*STATES, *ROLES, *(name if name == "token" else name.upper() for name in KINDS)]
    lines = [f"| route | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    ways = kinds(document)
    for route, cells in sorted(matrix(document).items(), key=lambda item: (item[0][1], item[0][0])):
        lines.append(f"| {route[0]} `{route[1]}` | {' | '.join([*cells, *ways[route]])} |")
    lines += [_OTHERS.rstrip("\n"), "", "| log-in | roles | life | rest | must change | must enrol |", "|---" * 6 + "|"]
    for kind in ("password", *KINDS):
        life, rest = map(_long, LIFE[kind])
        roles = ", ".join(PIN_ROLES if kind == "pin" else ROLES)
        lines.append(f"| {kind} | {roles} | {life} | {rest} | {' | '.join(before(kind))} |")
    return _HEAD + "\n".join(lines) + "\n"
