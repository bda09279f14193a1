"""Real Nav2 and the embedded navigation answer the same questions alike, or there is a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.real_support import ROOT, Real

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]


@pytest.mark.timeout(2000)
def test_every_difference_has_a_reason(real: Real, tmp_path: Path) -> None:
    amr = str(ROOT / ".venv" / "bin" / "amr")
    said = real.run(amr, "bench", "nav2-conformance", "--json", str(tmp_path / "answers.json"), timeout=1900.0)
    assert " 0 differ." in said, said
