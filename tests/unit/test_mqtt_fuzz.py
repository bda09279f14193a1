"""Neither end of VDA 5050 over MQTT raises anything, whatever comes: a short run of the fuzzer of `amr bench fuzz`."""

from __future__ import annotations

import traceback

import pytest

from amr_interop.vda import decode
from amr_lab.fleet_bench.mqtt_fuzz import fuzz_mqtt


def _raised(inputs: int, seed: int) -> tuple[int, list[str]]:
    said: list[str] = []
    refused = fuzz_mqtt(inputs, seed, lambda where: said.append(f"{where}: {traceback.format_exc()[-1500:]}"))
    return refused, said


def test_no_message_over_mqtt_ends_a_master_or_a_robot() -> None:
    refused, said = _raised(1500, 5)
    assert not said, said[0]
    assert 500 < refused < 1500, "bad enough, and some come through"


def test_what_it_would_find_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(_record: object) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(decode, "order", careless)
    assert any(line.startswith("MQTT ") and "KeyError" in line for line in _raised(120, 5)[1])
