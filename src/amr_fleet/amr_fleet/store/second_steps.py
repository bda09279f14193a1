"""What the second step of a log-in remembers: the last code of each user, recovery codes, and which roles need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update

from amr_fleet.store.database import Database
from amr_fleet.store.schema import meta, recovery_codes, totp_steps

_ROLES: Final = "second_factor.roles"


class SecondStepStore:
    """Rows of `totp_steps` and `recovery_codes`. Every failure is AmrError("store.failed").

    What is used up is used up in one statement of the database: of two who come with the same code one is refused.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, name: str, last: int, hashes: Sequence[str]) -> None:
        """Start anew for a user: the last time step that was used, and the hashes of the recovery codes."""
        with self._database.begin() as connection:
            connection.execute(delete(totp_steps).where(totp_steps.c.name == name))
            connection.execute(insert(totp_steps), {"name": name, "last": last})
            _set_codes(connection, name, hashes)

    def set_codes(self, name: str, hashes: Sequence[str]) -> None:
        """Replace a user's recovery codes."""
        with self._database.begin() as connection:
            _set_codes(connection, name, hashes)

    def forget(self, name: str) -> None:
        """Drop all that is known of a user."""
        with self._database.begin() as connection:
            connection.execute(delete(recovery_codes).where(recovery_codes.c.name == name))
            connection.execute(delete(totp_steps).where(totp_steps.c.name == name))

    def take_step(self, name: str, step: int, newest: int) -> bool:
        """Use up a time step; return False when it or a later one was used. newest: the latest that can be now.

        A later one than that was used while the clock was wrong: it keeps nobody out.
        """
        last = totp_steps.c.last
        free = update(totp_steps).where(totp_steps.c.name == name, (last < step) | (last > newest)).values(last=step)
        with self._database.begin() as connection:
            return connection.execute(free).rowcount == 1

    def take_code(self, name: str, hashed: str) -> bool:
        """Use up a recovery code; return whether there was such a one."""
        one = delete(recovery_codes).where(recovery_codes.c.name == name, recovery_codes.c.hash == hashed)
        with self._database.begin() as connection:
            return connection.execute(one).rowcount == 1

    def codes_left(self, name: str) -> int:
        """Return how many recovery codes a user has left."""
        query = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.name == name)
        with self._database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def roles(self) -> tuple[str, ...]:
        """Return the roles that need a second step."""
        with self._database.begin() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == _ROLES)).scalar()
        return tuple(str(found).split(",")) if found else ()

    def set_roles(self, roles: Sequence[str]) -> None:
        """Keep which roles need a second step."""
        with self._database.begin() as connection:
            connection.execute(delete(meta).where(meta.c.key == _ROLES))
            connection.execute(insert(meta), {"key": _ROLES, "value": ",".join(roles)})


def _set_codes(connection: Connection, name: str, hashes: Sequence[str]) -> None:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.name == name))
    if hashes:
        connection.execute(insert(recovery_codes), [{"name": name, "hash": one} for one in hashes])
