"""Fixtures of the node tests: every test has ROS contexts on a domain of its own."""

import itertools
import os
from collections.abc import Iterator

import pytest

from amr_ros.host import ProcessHost

_COUNTER = itertools.count()


@pytest.fixture
def domain_id() -> int:
    """A domain id of 1..100 that no neighbour uses: blocks of 20 per process. Higher ones use ephemeral ports."""
    return 1 + (os.getpid() * 20 + next(_COUNTER) % 20) % 100


@pytest.fixture
def host(domain_id: int) -> Iterator[ProcessHost]:
    """A host that runs on wall time."""
    with ProcessHost(participant="test", sim_time=False, domain_id=domain_id) as host:
        yield host
