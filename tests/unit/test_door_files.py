"""The file of doors that speak Modbus TCP or MQTT: what it says, and that what is wrong with it is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_interop.doors.settings import load_doors
from amr_interop.mqtt.link import Broker
from tests.unit.door_files import DRIVEN, M, written

GOOD = """
modbus:
  - {door: south, host: 10.20.0.31, open_coil: 0, is_open: 0, is_closed: 1, fault: 2, heartbeat_register: 7}
mqtt:
  - {door: gate, command: site/gate/set, state: site/gate/state, every: 3}
broker: {address: "10.20.0.9:1883"}
"""


def test_a_file_says_which_doors_speak_what(tmp_path: Path) -> None:
    found = load_doors(written(tmp_path, GOOD), DRIVEN)
    assert found.names == ["south", "gate"]
    assert (found.modbus[0].port, found.modbus[0].unit, found.modbus[0].inputs) == (502, 1, "discrete_inputs")
    assert found.mqtt[0].every == 3.0
    assert found.broker is not None
    assert found.broker.broker == Broker("10.20.0.9", 1883)


Q = "mqtt:\n  - {door: gate, command: a, state: b%s}\nbroker: {address: h}\n"


def two(**second: Any) -> str:
    """Return a file of two doors with nothing in common, but for what the second is said to have."""
    how = {"door": "north", "host": "h", "open_coil": 1, "is_open": 10, "is_closed": 11, **second}
    return M % "" + f"  - {json.dumps(how)}\n"


def gates(command: str, state: str, *more: str) -> str:
    """Return a file of two MQTT doors, the first with command a and state b."""
    one, other = more or ("", "")
    return Q.replace("broker", f"  - {{door: north, command: {command}, state: {state}{other}}}\nbroker") % one


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "doors", "valid dictionary"),
        ("[]", "doors", "valid dictionary"),
        ("{}", "doors", "names no door"),
        ("modbus: [", "doors", "cannot be read"),
        (M % ", pulse: 1", "modbus.0.pulse", "not permitted"),
        (M % ", fault: 1", "modbus.0", "are different"),
        (M % ", fault: 70000", "modbus.0.fault", "65535"),
        (M % ", port: 0", "modbus.0.port", "greater"),
        (M % ", unit: .nan", "modbus.0.unit", "finite"),
        (M % ", inputs: coils", "modbus.0", "they differ"),
        (
            "modbus:\n  - {door: west, host: h, open_coil: 0, is_open: 0, is_closed: 1}\n",
            "doors",
            "no conveyor, is west",
        ),
        (M % "" + M.removeprefix("modbus:\n") % "", "doors", "named twice"),
        (two(open_coil=0), "modbus.1.open_coil", "modbus.0.open_coil"),
        (two(is_open=0), "modbus.1.is_open", "modbus.0.is_open"),
        (two(is_closed=1), "modbus.1.is_closed", "modbus.0.is_closed"),
        (two(is_open=1), "modbus.1.is_open", "modbus.0.is_closed"),
        (two(fault=0), "modbus.1.fault", "modbus.0.is_open"),
        (two(is_open=0, host="H."), "modbus.1.is_open", "modbus.0.is_open"),
        (two(is_open=0, inputs="coils"), "modbus.1.is_open", "modbus.0.open_coil"),
        (
            two(open_coil=7, inputs="coils") + "  - {door: gate, host: h, open_coil: 10, is_open: 20, is_closed: 21}\n",
            "modbus.2.open_coil",
            "modbus.1.is_open",
        ),
        (gates("c", "b"), "mqtt.1.state", "mqtt.0.state"),
        (gates("c", "b", ", field: x", ", field: x"), "mqtt.1.state", "mqtt.0.state"),
        (gates("a", "c"), "mqtt.1.command", "mqtt.0.command"),
        (gates("c", "a"), "mqtt.1.state", "mqtt.0.command"),
        (gates("b", "c"), "mqtt.0.state", "mqtt.1.command"),
        (Q % ", every: 60", "mqtt.0.every", "5"),
        (Q % ", every: .inf", "mqtt.0.every", "finite"),
        (Q.replace("command: a", "command: a/#") % "", "mqtt.0.command", "pattern"),
        (Q.replace("state: b", "state: $SYS/x") % "", "mqtt.0.state", "pattern"),
        (Q.replace("state: b", "state: a") % "", "mqtt.0", "one topic"),
        (Q % ", says_open: [OK], says_closed: [ok]", "mqtt.0", "two states"),
        (Q % ", says_open: []", "mqtt.0", "no word"),
        (Q % ", open: X, close: X", "mqtt.0", "one word"),
        (Q.partition("broker")[0] % "", "doors", "belong together"),
        (M % "" + "broker: {address: h}\n", "doors", "belong together"),
        (Q.replace("address: h", "address: h, secret_file: /no/such") % "", "broker.secret_file", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, where: str, reason: str) -> None:
    with pytest.raises(AmrError) as caught:
        load_doors(written(tmp_path, text), DRIVEN)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)
    assert caught.value.facts["node"] == "door_adapter"
    assert reason in str(caught.value.facts["reason"])


@pytest.mark.parametrize(
    "text",
    [
        two(),
        two(unit=2, open_coil=0, is_open=0, is_closed=1),
        two(port=503, open_coil=0, is_open=0, is_closed=1),
        two(host="h2", open_coil=0, is_open=0, is_closed=1),
        two(is_open=2, is_closed=3, inputs="coils"),
        gates("c", "d"),
        gates("c", "b", ", field: x", ", field: y"),
        gates("c", "b", "", ", field: x"),
    ],
)
def test_doors_with_nothing_in_common_are_let_in(tmp_path: Path, text: str) -> None:
    assert len(load_doors(written(tmp_path, text), DRIVEN).names) == 2


def test_an_address_that_is_none_and_a_secret_that_all_can_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match="HOST"):
        load_doors(written(tmp_path, Q.replace("address: h", "address: 'h:x'") % ""), DRIVEN)
    secret = tmp_path / "secret"
    secret.write_text("word\n")
    text = Q.replace("address: h", f"address: h, user: doors, secret_file: {secret}") % ""
    secret.chmod(0o644)
    with pytest.raises(AmrError, match="chmod 600"):
        load_doors(written(tmp_path, text), DRIVEN)
    secret.chmod(0o600)
    settings = load_doors(written(tmp_path, text), DRIVEN)
    assert settings.broker is not None
    assert (settings.broker.broker.user, settings.broker.broker.password) == ("doors", "word")
