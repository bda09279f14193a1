"""Where the fleet node keeps its files, by its parameters: every kind of database has a place for pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.nodes.fleet_files import photos_path, users_place
from amr_fleet.nodes.fleet_params import FleetParams

SERVER = "postgresql://amr@db/amr"


@pytest.mark.parametrize(
    ("places", "folder"),
    [
        ({"database": "/var/lib/amr/fleet.sqlite3"}, "/var/lib/amr/photos"),
        ({"database": "/var/lib/amr/fleet.sqlite3", "users": "/etc/amr/users.sqlite3"}, "/etc/amr/photos"),
        ({"database": SERVER, "users": "/etc/amr/users.sqlite3"}, "/etc/amr/photos"),
        ({"database": SERVER, "tracks": "/var/lib/amr/tracks.sqlite3"}, "/var/lib/amr/photos"),
        ({"database": SERVER, "first_password": "/srv/amr/first.txt"}, "/srv/amr/photos"),
        ({"database": SERVER, "tracks": ":memory:", "first_password": "/srv/amr/first.txt"}, "/srv/amr/photos"),
    ],
)
def test_pictures_have_a_folder_whatever_the_journal_is_in(places: dict[str, str], folder: str) -> None:
    params = FleetParams(site="lab", **places)
    assert photos_path(params, users_place(params)) == Path(folder)


def test_without_any_place_pictures_go_where_the_first_password_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert photos_path(FleetParams(site="lab", database=SERVER), SERVER) == tmp_path / "photos"


def test_a_run_in_memory_keeps_pictures_with_its_accounts() -> None:
    accounts = users_place(FleetParams(site="lab"))
    assert isinstance(accounts, Path)
    assert photos_path(FleetParams(site="lab"), accounts) == accounts.with_name("photos")
    accounts.parent.rmdir()
