"""While millions of objects are made nobody looks for cycles, and afterwards it is as it was."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from amr_core.heap import millions_of_objects


def test_the_search_rests_and_goes_on_also_after_an_error() -> None:
    assert gc.isenabled()
    with millions_of_objects():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="no"), millions_of_objects():
        raise ValueError("no")
    assert gc.isenabled()


def test_who_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with millions_of_objects():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


STARTED = """
import gc
from amr_core.heap import imports_stay
imports_stay()
first = gc.get_freeze_count()
more = [[] for _ in range(1000)]
imports_stay()
print(first > 2000, len(gc.get_objects()) < 2000, gc.get_freeze_count() == first, gc.isenabled())
"""


def test_what_was_imported_is_looked_through_no_more_and_what_comes_later_is() -> None:
    done = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, timeout=60.0, check=True)
    assert done.stdout.split() == [b"True"] * 4
