"""Settings of the fleet from a file: what is right is taken, rubbish is refused with the name of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_fleet.domain.policy import policy_of
from amr_fleet.domain.settings import POLICIES, FleetSettings, load_settings


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "settings.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_without_a_file_or_with_an_empty_one_all_are_defaults(tmp_path: Path) -> None:
    assert load_settings("") == FleetSettings()
    assert load_settings(written(tmp_path, "# nothing\n")) == FleetSettings()


def test_what_the_file_names_is_taken_and_the_rest_stays(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "soc_charge: 0.35\nlinger: 30\ndetours: false\nbatch: 40\n"))
    assert settings == FleetSettings(soc_charge=0.35, linger=30.0, detours=False, batch=40)


def test_every_setting_says_what_it_does_and_its_default_is_in_range() -> None:
    for name, field in FleetSettings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert FleetSettings.model_validate({name: field.default}) == FleetSettings(), name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("soc_chrge: 0.3", "soc_chrge"), ("soc_charge: 1.5", "soc_charge"), ("soc_charge: -0.1", "soc_charge"),
        ("soc_charge: .nan", "soc_charge"), ("linger: .inf", "linger"), ("linger: soon", "linger"),
        ("linger: '30'", "linger"), ("linger: true", "linger"), ("linger: [1]", "linger"), ("linger:", "linger"),
        ("batch: 1.5", "batch"), ("batch: 0", "batch"), ("detours: 1", "detours"), ("policy: best", "policy"),
        ("base_length: 0", "base_length"), ("1: 2", "1"),
        ("soc_leave: 0.2", "settings"), ("soc_charge: 0.5", "settings"), ("offline_after: 60", "settings"),
        ("[1, 2]", "settings"), ("just words", "settings"), ("a: [", "settings"),
        ("a: !!python/object:os.system {}", "settings"),
        (b"\xff\xfe\x00", "settings"), ("[" * 20_000, "settings"), ("a: &x [*x]", "a"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_its_name(tmp_path: Path, text: str | bytes, name: str) -> None:
    with pytest.raises(AmrError) as caught:
        load_settings(written(tmp_path, text))
    assert caught.value.code == "parameter.invalid"
    assert caught.value.facts["name"] == name
    assert "settings.yaml" in str(caught.value.facts["reason"])


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(AmrError) as caught:
            load_settings(str(path))
        assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "settings")


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_run_does_not_start_with_a_wrong_file(tmp_path: Path, command: str) -> None:
    result = CliRunner().invoke(app, [command, "--site", "lab", "--settings", written(tmp_path, "soc_chrge: 0.3")])
    assert result.exit_code != 0
    assert isinstance(result.exception, AmrError) or "soc_chrge" in result.output
    assert "soc_chrge" in f"{result.exception}{result.output}"


def test_every_policy_that_the_settings_name_is_there_and_no_other_module_asks_for_its_name() -> None:
    for name in POLICIES:
        policy = policy_of(FleetSettings.model_validate({"policy": name}).policy)
        assert policy.ways.fixed == (name != "batch")
    domain = Path(__file__).resolve().parents[2] / "src" / "amr_fleet" / "amr_fleet" / "domain"
    asks = {p.name for p in domain.glob("*.py") if ".policy ==" in p.read_text() or ".policy !=" in p.read_text()}
    assert asks == set()
