"""What a client of LoadMap, SetRouteGraph or ReloadDockDatabase names may be no name of a file at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_navigation.nodes.named_file import named_file

NO_NAMES = ["x" * 300, "🚢" * 200, "[" * 100_000, "~nobody_of_this_computer/map.yaml", "a\0b"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_name_of_a_file_is_an_error_with_a_code(name: str) -> None:
    """The fault: the system's own error (a name that is too long) went up to the guard, as a fault of ours."""
    with pytest.raises(AmrError) as told:
        named_file(name)
    assert told.value.code == "nav.file"
    assert len(str(told.value.facts["file"])) <= 64


def test_a_file_is_what_it_is_there_or_not(tmp_path: Path) -> None:
    assert named_file(str(tmp_path / "none.yaml")) == tmp_path / "none.yaml"
    assert named_file("~/map.yaml") == Path.home() / "map.yaml"
