"""Fixtures of the node tests: every test has ROS contexts on a domain of its own."""

import itertools
import os
from collections.abc import Iterator

import pytest

from amr_bringup.domain import FIRST, DomainLease
from amr_ros.host import ProcessHost

_COUNTER = itertools.count(os.getpid() * 7)


@pytest.fixture
def domain_id() -> Iterator[int]:
    """A domain id that no other test or run on this machine has; that of the test before comes last.

    Those of runs follow from FIRST on.
    """
    own = range(1, FIRST)
    start = next(_COUNTER) % len(own)
    lease = DomainLease([*own[start:], *own[:start]])
    yield lease.id
    lease.close()


@pytest.fixture
def host(domain_id: int) -> Iterator[ProcessHost]:
    """A host that runs on wall time."""
    with ProcessHost(participant="test", sim_time=False, domain_id=domain_id) as host:
        yield host
