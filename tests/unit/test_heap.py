"""While millions of objects are made nobody looks for cycles, and afterwards it is as it was."""

from __future__ import annotations

import gc

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
