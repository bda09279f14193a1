"""Whose account is whose at a provider of log-ins: one of each, covered by the tree, remembered when removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from amr_core.errors import AmrError
from amr_fleet.store.accounts import Account, AccountStore
from amr_fleet.store.database import Database

LAN = '["https://id.example", "8f3a"]'
ACCOUNT = Account("lan", "operator", "", identity=LAN, role_there=True)


@pytest.fixture
def database(where: str) -> Iterator[Database]:
    with closing(Database(where)) as database:
        yield database


@pytest.fixture
def accounts(database: Database, tmp_path: Path) -> AccountStore:
    store = AccountStore(database, tmp_path)
    store.change("lan", lambda _: ACCOUNT)
    store.change("sep", lambda _: Account("sep", "admin", "x"))
    return store


def test_an_account_is_found_by_whose_it_is(accounts: AccountStore) -> None:
    assert accounts.account_of(LAN) == ACCOUNT
    assert accounts.account_of('["https://id.example", "8f3"]') is None
    assert accounts.account_of("") is None, "an account that is nobody's is not found so"


def test_two_accounts_are_never_the_same_persons(accounts: AccountStore) -> None:
    with pytest.raises(AmrError, match=r"store\.failed"):
        accounts.change("sep", lambda now: replace(now or ACCOUNT, identity=LAN))
    assert accounts.account("sep") == Account("sep", "admin", "x")
    accounts.check()


def test_who_was_removed_is_remembered_until_an_account_is_made_theirs(accounts: AccountStore) -> None:
    assert not accounts.was_removed(LAN)
    accounts.remove("lan")
    accounts.remove("lan")
    accounts.remove("sep")
    assert accounts.was_removed(LAN)
    assert not accounts.was_removed("")
    accounts.change("lan", lambda _: replace(ACCOUNT, identity=""))
    assert accounts.was_removed(LAN), "another account of that name changes nothing"
    accounts.change("lan", lambda _: ACCOUNT)
    assert not accounts.was_removed(LAN)
    accounts.remove("lan")
    assert accounts.was_removed(LAN)


@pytest.mark.parametrize("change", ["identity = 'x'", "identity = ''", "role_there = false"])
def test_another_person_behind_an_account_is_noticed(accounts: AccountStore, database: Database, change: str) -> None:
    accounts.check()
    with database.begin() as connection:
        connection.execute(text(f"UPDATE accounts SET {change} WHERE name = 'lan'"))
    with pytest.raises(AmrError, match=r"store\.damaged"):
        accounts.check()
    with database.begin() as connection:
        connection.execute(text("UPDATE accounts SET role_there = true WHERE name = 'lan'"))
        connection.execute(text("UPDATE accounts SET identity = :mine WHERE name = 'lan'"), {"mine": LAN})
    accounts.check()
    with database.begin() as connection:
        connection.execute(text("UPDATE accounts SET identity = 'x' WHERE name = 'sep'"))
    with pytest.raises(AmrError, match=r"store\.damaged"):
        accounts.check()


def test_who_was_unlinked_is_remembered_like_who_was_removed(accounts: AccountStore) -> None:
    accounts.change("lan", lambda _: replace(ACCOUNT, pin_hash="y"))
    assert not accounts.was_removed(LAN), "it is theirs as before"
    accounts.change("lan", lambda _: replace(ACCOUNT, identity=""))
    assert accounts.was_removed(LAN)
    accounts.change("sep", lambda now: replace(now or ACCOUNT, identity=LAN))
    assert not accounts.was_removed(LAN)
    accounts.change("sep", lambda now: replace(now or ACCOUNT, identity="another"))
    assert accounts.was_removed(LAN)
    accounts.remove("sep")
    assert accounts.was_removed("another")
    accounts.check()
