"""A disk that is full and a journal that another program holds, under the real engine: what the page says."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from tests.e2e.e2e_support import log_in
from tests.e2e.shift_fleet import ShiftFleet
from tests.store.storage_rig import fill_up, locked, small_disk_at

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

MOST = 3000  # orders until what the write-ahead log has left in its last pages is used up


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_at(tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def fleet(tmp_path: Path, accounts: Path, disk: Path) -> Iterator[ShiftFleet]:
    """A whole fleet whose journal alone lies on a small disk."""
    folder = tmp_path / "shift"
    shutil.copytree(accounts.parent, folder)
    (disk / "journal.sqlite3").touch()
    (folder / "journal.sqlite3").symlink_to(disk / "journal.sqlite3")
    one = ShiftFleet(folder, robots=2)
    yield one
    one.close()


@contextmanager
def full(disk: Path) -> Iterator[None]:
    fill_up(disk / "filler")
    yield
    (disk / "filler").unlink()


def held(disk: Path) -> AbstractContextManager[None]:
    return locked(disk / "journal.sqlite3")


def places(fleet: ShiftFleet) -> tuple[str, str]:
    """Return where loads of these tests are taken and put."""
    dock = next(place.id for place in fleet.site.places if place.kind == "dock")
    return dock, next(place.id for place in fleet.site.places if place.kind != "dock")


def order(fleet: ShiftFleet, reference: str) -> dict[str, str]:
    pick, drop = places(fleet)
    return {"pick_place": pick, "drop_place": drop, "reference": reference}


def ask(fleet: ShiftFleet, reference: str) -> None:
    """Ask for an order as a program of somebody else does, and wait for no answer."""
    pick, drop = places(fleet)
    fleet.service.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, reference=reference)))


def created(fleet: ShiftFleet) -> list[str]:
    return [str(entry.facts["reference"]) for entry in fleet.store.read() if entry.kind == "order_created"]


@pytest.mark.parametrize("trouble", [full, held])
def test_the_banner_comes_with_the_trouble_and_goes_with_it(
    page: Page, fleet: ShiftFleet, disk: Path, trouble: Callable[[Path], AbstractContextManager[None]]
) -> None:
    log_in(page, fleet.api.url, "lan")
    banner = page.get_by_role("status").get_by_text("Không ghi được dữ liệu: không nhận lệnh mới")
    expect(page.get_by_text("Đã kết nối")).to_be_visible()
    expect(banner).to_have_count(0)
    with trouble(disk):
        for number in range(MOST):
            ask(fleet, f"x{number}")
            fleet.skip(0.25)
            if fleet.service.condition().trouble is not None:
                break
        expect(banner).to_be_visible()
        page.get_by_role("link", name="Báo cáo ca").click()
        expect(page.get_by_role("heading", name="Báo cáo ca")).to_be_visible()
        expect(banner).to_be_visible()
        refused = page.request.post(f"{fleet.api.url}/api/v1/orders", data=order(fleet, "refused"))
        assert (refused.status, refused.json()["code"]) == (503, "store.failed")
    expect(banner).to_have_count(0)
    taken = page.request.post(f"{fleet.api.url}/api/v1/orders", data=order(fleet, "after"))
    assert taken.status == 201
    made = created(fleet)
    assert "after" in made
    assert "refused" not in made
    assert len(made) == len(set(made))
