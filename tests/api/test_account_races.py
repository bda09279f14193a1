"""Two change an account at the same moment: neither undoes what the other did, as an old reading written back would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from amr_fleet.store.copies import look
from tests.api.api_support import FAST, PASSWORD

ANOTHER = "another-strong-one-7"


class Slow:
    """A hasher in whose time something happens."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def hash(self, secret: str) -> str:
        """Return the hash once it has happened."""
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()
        return FAST.hash(secret)

    def verify(self, secret: str, hashed: str) -> bool:
        """Return whether it is right."""
        return FAST.verify(secret, hashed)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def users(tmp_path: Path, slow: Slow) -> Iterator[UserStore]:
    store = UserStore(tmp_path / "users.db", hasher=slow, clock=lambda: 1_800_000_000.0)  # type: ignore[arg-type]
    for name, role in (("lan", "operator"), ("sep", "admin"), ("chu", "admin")):
        store.add(name, PASSWORD, role)
    yield store
    store.close()


@pytest.fixture
def other(tmp_path: Path, users: UserStore) -> Iterator[UserStore]:
    """The process beside it."""
    store = UserStore(tmp_path / "users.db", hasher=FAST, clock=lambda: 1_800_000_000.0)
    yield store
    store.close()


@pytest.mark.parametrize("again", [False, True])
def test_a_new_password_undoes_neither_role_nor_second_step(
    users: UserStore, other: UserStore, slow: Slow, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    def happens() -> None:
        other.set_role("chu", "viewer")
        other.turn_on_second("chu", "")

    monkeypatch.setattr(other.second, "confirm", lambda _name, _code: ("SECRET", []))

    slow.meanwhile = happens
    if again:
        users.add("chu", ANOTHER, "operator")  # says a role itself
    else:
        users.set_password("chu", ANOTHER, must_change=True)
    found = users.known("chu")
    assert (found.role, found.totp) == ("operator" if again else "viewer", "SECRET")
    assert users.log_in("lan", PASSWORD, "", "").name == "lan"
    assert users.check("chu", ANOTHER) == found.role


@pytest.mark.parametrize("kind", ["password", "pin"])
@pytest.mark.parametrize("happens", ["removed", "replaced", "second"])
def test_what_was_shown_opens_no_session_once_it_is_good_no_more(
    users: UserStore, other: UserStore, kind: str, happens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes a password or a PIN away ends the sessions that are open by then: one that opens later would stay."""
    monkeypatch.setattr(other.second, "confirm", lambda _name, _code: ("SECRET", []))
    users.set_pin("lan", "483916")
    shown = users.check_pin("lan", "483916") if kind == "pin" else users.log_in("lan", PASSWORD, "", "")
    users.close_session(users.open_session("lan", kind, "", shown=shown))
    if happens == "removed":
        other.remove("lan")
        other.add("lan", ANOTHER, "operator")
        other.set_pin("lan", "591842")
    elif happens == "second":
        other.turn_on_second("lan", "")
    elif kind == "pin":
        other.set_pin("lan", "591842")
    else:
        other.set_password("lan", ANOTHER, must_change=True)
    if (kind, happens) == ("pin", "second"):  # a tablet's PIN is no log-in that a code is asked for
        assert users.session(users.open_session("lan", kind, "", shown=shown)) is not None
        return
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.open_session("lan", kind, "", shown=shown)


def test_a_provider_opens_no_session_of_who_was_unlinked_meanwhile(users: UserStore, other: UserStore) -> None:
    shown = users.sign_on("https://id.port", "7", "minh", "operator")
    users.close_session(users.open_session("minh", "oidc", "", shown=shown))
    other.unlink("minh")
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.open_session("minh", "oidc", "", shown=shown)


def test_one_who_changes_his_password_stays_in_unless_another_was_given_meanwhile(
    users: UserStore, other: UserStore
) -> None:
    mine = users.set_password("lan", ANOTHER, must_change=False)
    assert users.session(users.open_session("lan", "password", "", shown=mine)) is not None
    other.set_password("lan", PASSWORD, must_change=True)
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.open_session("lan", "password", "", shown=mine)


def test_who_knows_the_old_password_undoes_no_reset_of_it(users: UserStore, other: UserStore, slow: Slow) -> None:
    """An administrator gave another one while the thief's own was being set: the thief's stood, and let him in."""
    shown = users.shown("password", "lan", PASSWORD, "")
    slow.meanwhile = lambda: other.set_password("lan", "the-administrators-4", must_change=True)
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.set_password("lan", ANOTHER, must_change=False, shown=shown)
    assert users.check("lan", "the-administrators-4") == "operator"
    assert users.known("lan").must_change


def test_a_pin_is_not_given_to_who_became_an_engineer_meanwhile(users: UserStore, other: UserStore, slow: Slow) -> None:
    slow.meanwhile = lambda: other.set_role("lan", "engineer")
    with pytest.raises(AmrError, match=r"user\.no_pin"):
        users.set_pin("lan", "8264")
    assert (users.known("lan").role, users.known("lan").pin_hash) == ("engineer", "")


def test_who_is_removed_meanwhile_stays_removed(users: UserStore, other: UserStore, slow: Slow, tmp_path: Path) -> None:
    slow.meanwhile = lambda: other.remove("lan")
    with pytest.raises(AmrError, match=r"user\.not_found"):
        users.set_password("lan", ANOTHER, must_change=True)
    assert users.names() == ["chu", "sep"]
    assert look(str(tmp_path / "users.db")).faults == []


def test_a_second_step_does_not_give_back_a_role_that_was_taken(
    users: UserStore, other: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confirm(_name: str, _code: str) -> tuple[str, list[str]]:
        other.set_role("chu", "viewer")
        return "SECRET", []

    monkeypatch.setattr(users.second, "confirm", confirm)
    users.turn_on_second("chu", "")
    assert (users.known("chu").role, users.known("chu").totp) == ("viewer", "SECRET")
