"""Fixtures of the API tests: a fake fleet, users of each role, an in-process client."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from amr_fleet.api.app import create_app
from amr_fleet.api.sign_on import SignOn
from amr_fleet.api.users import ROLES, UserStore
from amr_fleet.oidc.settings import OidcSettings
from tests.api.api_support import FAST, PASSWORD, Connect, plain_logs
from tests.api.enrolment_desk import clock as clock
from tests.api.enrolment_desk import desk as desk
from tests.api.enrolment_desk import keys as keys
from tests.api.fake_fleet import FakeFleet
from tests.api.over_link import OVER_LINK, over_link
from tests.api.small_site import small_site
from tests.oidc_provider import LoginProvider, login_provider

plain_logs()


@pytest.fixture(scope="session")
def _user_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("users") / "users.db"
    store = UserStore(path, hasher=FAST)
    for role in ROLES:
        store.add(role, PASSWORD, role)
    store.close()
    return path


@pytest.fixture
def users(_user_file: Path, tmp_path: Path) -> Iterator[UserStore]:
    # A copy: wrong tries and sessions of one test are not there in the next.
    store = UserStore(Path(shutil.copy(_user_file, tmp_path / "users.db")), hasher=FAST)
    yield store
    store.close()


@pytest.fixture
def fleet() -> FakeFleet:
    return FakeFleet(robots=4)


@pytest.fixture
def app(fleet: FakeFleet, users: UserStore, tmp_path: Path) -> FastAPI:
    (tmp_path / "index.html").write_text("<!doctype html><title>AMR</title>", encoding="utf-8")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a-1.js").write_text("1", encoding="utf-8")
    patience = 2.0 if OVER_LINK else 1.0
    return create_app(over_link(fleet), small_site(4), users, static=tmp_path, answer_seconds=patience)


@pytest.fixture
def connect(app: FastAPI) -> Connect:
    """Return a context manager that gives a client, logged in with a role unless the role is empty."""

    @asynccontextmanager
    async def client(role: str = "") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            if role:
                answer = await http.post("/api/v1/login", json={"user": role, "password": PASSWORD})
                assert answer.status_code == 200, answer.text
            yield http

    return client


@pytest.fixture
def there(app: FastAPI, users: UserStore) -> Iterator[LoginProvider]:
    """A provider of log-ins that the API asks."""
    with login_provider() as made:
        desk = SignOn(OidcSettings.model_validate(made.settings()), users)
        app.state.context = replace(app.state.context, sign_on=desk)
        yield made
        desk.close()
