"""Computers in namespaces: skipped in one line where they cannot be made, a failure where AMR_NEED_HOSTS=1."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.hosts.clock import HostClock
from tests.hosts.network import Network, lacking
from tests.hosts.site import MOSQUITTO, ROBOTS, Site, until

Saw = Callable[[str, object], None]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the report of a test say which fault it shows: `python -m tests.hosts.faults` makes a table of that."""
    if (mark := item.get_closest_marker("fault")) is not None:
        call = getattr(item, "callspec", None)
        item.user_properties.append(("fault", mark.args[0].format(**call.params if call is not None else {})))


@pytest.fixture(scope="session")
def _possible() -> None:
    why = lacking() or ("" if MOSQUITTO else "needs the real broker: apt install mosquitto")
    if why and os.environ.get("AMR_NEED_HOSTS") == "1":
        pytest.fail(why, pytrace=False)
    if why:
        pytest.skip(why)


@pytest.fixture
def network(_possible: None, tmp_path: Path) -> Iterator[Network]:
    with Network(tmp_path, prefix="own-") as made:  # beside the laboratory, which has a server, too
        yield made


@pytest.fixture(scope="session")
def _laboratory(_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Network(tmp_path_factory.mktemp("site"), prefix="lab-") as network:
        made = Site(network, network.host("server"))
        for name in ROBOTS:
            network.host(name)
        made.clocks = {name: HostClock(host.folder / "clock") for name, host in network.hosts.items()}
        made.start_broker()
        made.start_fleet()
        for name in ROBOTS:
            made.start_robot(network.hosts[name], name)
        yield made


@pytest.fixture
def site(_laboratory: Site) -> Iterator[Site]:
    """The laboratory with two robots online, which many tests share; what one broke is whole again for the next."""
    _mend(_laboratory)
    yield _laboratory
    _mend(_laboratory)


def _mend(site: Site) -> None:
    for host in site.network.hosts.values():
        host.port.set(loss=0.0, delay=0.0, jitter=0.0, mtu=0, cut=False, in_order=True)
    for clock in site.clocks.values():
        clock.set(0.0)
    for name in ("broker", "fleet", *ROBOTS):
        if name not in site.processes or not site.processes[name].running:
            starts = {"broker": site.start_broker, "fleet": site.start_fleet}
            starts.get(name, partial(site.start_robot, site.network.hosts.get(name), name))()  # type: ignore[arg-type]
    for name in ROBOTS:
        until(partial(site.online, name), 120, f"{name} online", site.words)


@pytest.fixture
def saw(record_property: Callable[[str, object], None]) -> Saw:
    """Note what was seen, for the table of faults."""
    return record_property
