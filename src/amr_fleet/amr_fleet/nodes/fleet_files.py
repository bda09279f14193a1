"""The files of the fleet node: where its first password, its tracks and the pictures of workers go."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Protocol

from amr_fleet.store.where import file_of, is_postgresql


class Places(Protocol):
    """What these need of the node's parameters; texts as in FleetParams."""

    @property
    def database(self) -> str:
        """The journal."""

    @property
    def tracks(self) -> str:
        """The tracks, "" = by the journal."""

    @property
    def users(self) -> str:
        """The accounts, "" = by the journal."""

    @property
    def first_password(self) -> str:
        """The file for it, "" = by the journal."""


def first_password_path(params: Places) -> Path:
    """Return the file for the first administrator's password: a place that the fleet can surely write to."""
    name = "amr-first-password.txt"
    file = file_of(params.database)
    if params.first_password or file is None:
        return Path(params.first_password or name).absolute()
    return file.with_name(name).absolute()


def tracks_path(params: Places) -> str:
    """Return where tracks go: a file of its own, beside a journal file, or in memory."""
    file = file_of(params.database)
    if params.tracks or file is None:
        return params.tracks or ":memory:"
    return str(file.with_name("tracks.sqlite3"))


def users_place(places: Places) -> Path | str:
    """Return where accounts are kept: as asked for, else beside a journal file, in PostgreSQL, or for this run only."""
    if places.users:
        return Path(places.users)
    if places.database == ":memory:":
        return Path(tempfile.mkdtemp(prefix="amr_fleet_")) / "users.sqlite3"
    return places.database if is_postgresql(places.database) else Path(places.database).with_name("users.sqlite3")


def photos_path(places: Places, accounts: Path | str) -> Path:
    """Return the folder for pictures of workers: beside accounts or tracks in files, else by the first password.

    A fleet on PostgreSQL has one too: what phones send must not depend on where the journal is. accounts: users_place.
    """
    if isinstance(accounts, Path):
        return accounts.with_name("photos").absolute()
    beside = Path(places.tracks) if places.tracks not in ("", ":memory:") else first_password_path(places)
    return beside.with_name("photos").absolute()


def layouts_path(places: Places, accounts: Path | str) -> Path:
    """Return the folder for drafts of the site file, beside the pictures of workers."""
    return photos_path(places, accounts).with_name("layouts")
