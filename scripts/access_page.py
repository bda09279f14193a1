"""docs/access.md: who gets what of every route, by role and by the state of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STATES: Sequence[str] = ("none", "expired", "must change", "must enrol")
"""No session at all, one that is over, an administrator's with a password that somebody else gave, and one's whose role
needs a two-step log-in that was not set up."""
_HEAD = """# Who may call what

Generated from the routes by `scripts/contracts.py`; do not edit. `tests/api/test_access_matrix.py` asks every route in
every state and compares. *in* = the route itself answers; 401 = `auth.required`; 403 = `auth.forbidden`; password = 403
`auth.change_password`; code = 403 `auth.code_set_up`. none, expired: no session, or one that is over. must change: an
administrator whose password somebody else gave. must enrol: one whose role needs a two-step log-in that was not set up.
The live feed (`/api/v1/live`, WebSocket) is a viewer's; it is closed in the first four states and to a worker
(`tests/api/test_hardening.py`). The assistant's tools over MCP (`/mcp`, `/api/v1/mcp`) are a viewer's with a Bearer
token; a cookie opens nothing there. A role may what those to its left may; but viewer and authority, who only look
on, say nothing of loads (`/work`).

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


def access_page(document: Mapping[str, Any]) -> str:
    """Return the page."""
    from amr_fleet.api.users import ROLES

    columns = [*STATES, *ROLES]
    lines = [f"| route | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for (method, path), cells in sorted(matrix(document).items(), key=lambda item: (item[0][1], item[0][0])):
        lines.append(f"| {method} `{path}` | {' | '.join(cells)} |")
    return _HEAD + "\n".join(lines) + "\n"
