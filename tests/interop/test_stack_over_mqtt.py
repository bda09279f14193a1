"""The whole stack with its robots behind a real mosquitto: one speaks 2.1, the other 3.0."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from amr_interop.mqtt.link import Broker, MqttLink
from amr_interop.vda.outbox import Outgoing
from tests.vda_pair import check


@pytest.mark.alone
@pytest.mark.usefixtures("plain")
@pytest.mark.timeout(300)
def test_an_order_is_delivered_and_every_message_fits_its_schema(port: int, tmp_path: Path) -> None:
    ear = MqttLink(Broker(port=port), "ear", ["#"])
    ear.start()
    report = tmp_path / "report.json"
    call = [
        str(Path(sys.executable).with_name("amr")), "run", "--site", "lab", "--robots", "2", "--orders", "1",
        "--seed", "1", "--rtf", "max", "--headless", "--vda5050", "2", "--mqtt", f"127.0.0.1:{port}",
        "--report", str(report),
    ]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(report.read_text())
    assert (found["orders_done"], found["collisions"]) == (1, 0)
    heard = ear.take()
    ear.close()
    kinds = set()
    for message in heard:
        root, _, kind = message.topic.partition("/AMR/")
        kinds.add((root, kind.split("/")[1]))
        check(Outgoing(message.topic, json.loads(message.payload)))
    said = {"state", "connection", "factsheet"}
    assert kinds >= {(root, kind) for root in ("uagv/v2", "vda5050/v3") for kind in said}
    assert "order" in {kind for _, kind in kinds}
