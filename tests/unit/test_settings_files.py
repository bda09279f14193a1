"""Settings files of the fleet: what is too long or no YAML is refused by name, never cut or let through as an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.assistant.language_model import load_language_model
from amr_fleet.domain.settings import load_settings
from amr_fleet.dropfolder.settings import load_drop
from amr_fleet.escalation.settings import load_escalation
from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.oidc.settings import load_oidc
from amr_fleet.syslog.settings import load_syslog
from amr_fleet.webhooks.settings import load_webhooks

LOADERS: dict[str, Callable[[str], object]] = {
    "settings": load_settings, "webhooks": load_webhooks, "drop_folder": load_drop,
    "escalation": load_escalation, "syslog": load_syslog, "neighbours": load_neighbours,
    "oidc": load_oidc, "language_model": load_language_model,
}  # fmt: skip
GOOD = {
    "settings": "batch: 40\n", "webhooks": "targets: []\n", "drop_folder": "folder: x\n",
    "escalation": "steps: []\n", "syslog": "receivers: []\n", "neighbours": "open_rmf: {fleet: x}\n",
    "oidc": "issuer: x\n",
    "language_model": "url: http://127.0.0.1:9/v1\nmodel: m\n",
}  # fmt: skip


@pytest.fixture(params=list(LOADERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def refused(name: str, path: Path, text: str | bytes) -> AmrError:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(AmrError) as caught:
        LOADERS[name](str(path))
    assert caught.value.code == "parameter.invalid"
    return caught.value


@pytest.mark.parametrize(
    "text",
    ["a: 2020-13-45", "a: !!int ''", "a: !!bool x", "a: !!timestamp x", "a: [", "[" * 20_000, b"\xff\xfe\x00",
     "a: !!python/object:os.system {}", f"a: {'9' * 5000}", "{[1]: 2}"],
)  # fmt: skip
def test_what_is_no_yaml_is_refused_with_the_files_name(name: str, tmp_path: Path, text: str | bytes) -> None:
    """YAML's reader raises kinds of its own, and whatever dates, numbers and truths of Python raise."""
    error = refused(name, tmp_path / "file.yaml", text)
    assert (error.facts["name"], "file.yaml cannot be read" in str(error)) == (name, True), error


def test_a_file_that_is_too_long_is_not_cut(name: str, tmp_path: Path) -> None:
    """A file cut at a line's end is still YAML: what stood behind it was left out without a word."""
    error = refused(name, tmp_path / "file.yaml", GOOD[name] + "# more\n" * 40_000)
    assert "larger than" in str(error)


def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"none\.yaml cannot be read") as caught:
        LOADERS[name](str(tmp_path / "none.yaml"))
    assert caught.value.facts["name"] == name


@pytest.mark.parametrize("name", ["webhooks", "drop_folder", "escalation", "syslog"])
def test_what_is_wrong_in_a_file_is_said_with_its_name(name: str, tmp_path: Path) -> None:
    error = refused(name, tmp_path / "file.yaml", "colour: red")
    assert str(error.facts["reason"]).endswith("(file.yaml)"), error


def test_what_is_right_but_for_its_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(GOOD["settings"] + "# more\n" * 10_000, encoding="utf-8")
    assert load_settings(str(path)).batch == 40
