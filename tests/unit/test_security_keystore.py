"""`amr security`: who may say what, the keystore that says so, and what its check finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_bringup.run_options import RunOptions
from amr_bringup.security.check import findings, has_plugins, signed_text
from amr_bringup.security.documents import governance, misshapen, permissions
from amr_bringup.security.keystore import Keystore
from amr_bringup.security.policy import Grant, container, enclave_of, grants, merged, processes
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.identity.authority import issued_by
from amr_core.site import ContainerGate, load_site
from amr_interop.mqtt.site_files import write_files

LAB = load_site("lab")
SPECS = stack(LAB, RunOptions(site="lab", robots=2, cameras=True, lockstep=False))
GRANTS = {grant.enclave: grant for grant in grants(SPECS, simulated=True)}


def amr(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["security", *map(str, arguments)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "keystore"
    result = amr("init", folder, "--site", "lab", "--robots", "1")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def keystore(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "keystore"))


# Policy -------------------------------------------------------------------------------------------------------------


def test_a_key_is_its_owners_though_a_file_that_all_may_read_lies_in_its_way(keystore: Path) -> None:
    """A part that a process left was filled as it was, and kept who may read it."""
    store, grant = Keystore(keystore), next(iter(GRANTS.values()))
    folder = store.enclave(grant.enclave)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "key.pem.part").touch(mode=0o644)
    assert store.add([grant]) == [grant.enclave]
    assert (folder / "key.pem").stat().st_mode & 0o077 == 0


def test_every_node_of_the_stack_has_an_enclave() -> None:
    assert {enclave_of(spec) for spec in SPECS} <= set(GRANTS)
    assert {"/fleet", "/amr_01", "/amr_01/agent", "/amr_02/agent", "/camera_c01", "/engineer"} <= set(GRANTS)


@pytest.mark.parametrize("topic", ["rt/amr_01/order", "rt/amr_01/instant_action", "rt/amr_02/order"])
def test_only_the_fleet_gives_orders(topic: str) -> None:
    assert [g.enclave for g in GRANTS.values() if g.may_publish(topic)] == ["/fleet"]


@pytest.mark.parametrize("topic", ["rt/amr_01/state", "rt/amr_01/connection"])
def test_only_the_agent_speaks_for_its_robot(topic: str) -> None:
    assert [g.enclave for g in GRANTS.values() if g.may_publish(topic)] == ["/amr_01/agent", "/amr_01/container"]


def test_nobody_but_a_robot_drives_it() -> None:
    drivers = {g.enclave for g in GRANTS.values() if g.may_publish("rt/amr_01/cmd_vel")}
    assert drivers == {"/amr_01", "/amr_01/navigation", "/amr_01/perception", "/amr_01/container"}
    goals = {g.enclave for g in GRANTS.values() if g.may_publish("rq/amr_01/follow_path/_action/send_goalRequest")}
    assert all(enclave.startswith("/amr_01") for enclave in goals)


def test_only_the_demand_creates_orders_over_ros_and_only_the_fleet_beats() -> None:
    assert [g.enclave for g in GRANTS.values() if g.may_publish("rq/fleet/create_orderRequest")] == ["/demand"]
    assert [g.enclave for g in GRANTS.values() if g.may_publish("rq/fleet/pause_robotsRequest")] == []
    assert [g.enclave for g in GRANTS.values() if g.may_publish("rt/fleet/beat")] == ["/fleet"]
    assert [g.enclave for g in GRANTS.values() if g.may_publish("rt/cameras/events")] == ["/camera_c01"]
    assert [g.enclave for g in GRANTS.values() if g.may_publish("rq/amr_01/release_fleetRequest")] == [
        "/amr_01", "/amr_01/container", "/amr_01/navigation", "/amr_01/perception", "/engineer",
    ]  # fmt: skip


def test_only_the_fleet_tells_doors_and_lifts_what_to_do_and_only_adapters_say_how_they_are() -> None:
    def publishers(topic: str) -> list[str]:
        return [g.enclave for g in GRANTS.values() if g.may_publish(topic)]

    assert publishers("rt/door_requests") == ["/fleet"]
    assert publishers("rt/door_states") == ["/door_adapter", "/simulator"]
    assert publishers("rt/adapter_door_requests") == ["/door_requester"]
    assert publishers("rt/lift_requests") == ["/fleet"]
    assert publishers("rt/lift_states") == ["/door_adapter", "/lift_adapter", "/simulator"]
    assert publishers("rt/adapter_lift_requests") == ["/lift_requester"]
    assert GRANTS["/lift_adapter"].may_subscribe("rt/lift_requests")
    assert publishers("rt/fire_alarm_trigger") == ["/fire_panel"]
    assert GRANTS["/door_adapter"].may_subscribe("rt/door_requests")
    assert GRANTS["/door_requester"].may_subscribe("rt/door_states")
    heard = ("rt/door_states", "rt/adapter_door_requests", "rt/fire_alarm_trigger", "rt/lift_states")
    assert all(GRANTS["/fleet"].may_subscribe(topic) for topic in heard)
    assert not GRANTS["/fire_panel"].may_subscribe("rt/amr_01/state")


def test_only_the_fleet_says_where_robots_are_and_open_rmf_hears_it_and_says_nothing() -> None:
    assert [g.enclave for g in GRANTS.values() if g.may_publish("rt/fleet_states")] == ["/fleet"]
    assert GRANTS["/open_rmf"].may_subscribe("rt/fleet_states")
    assert not GRANTS["/open_rmf"].may_publish("rt/adapter_door_requests")
    assert not GRANTS["/open_rmf"].may_subscribe("rt/amr_01/state")


def test_a_gate_is_no_robot_and_only_a_barrier_asks_it() -> None:
    site = LAB.model_copy(update={"gates": [ContainerGate(id="in_1", cameras=("left", "right"))]})
    found = {g.enclave: g for g in grants(stack(site, RunOptions(site="lab", robots=1, cameras=True)), simulated=False)}
    assert "/gates/in_1" not in found
    assert "/gates/in_1/container" not in found
    gate = found["/gates/in_1/label_reader"]
    assert gate.may_publish("rt/custody/evidence")
    assert gate.may_publish("rt/gates/in_1/camera_health")
    assert all(gate.may_subscribe(f"rt/gates/in_1/{n}") for n in ("left/image_raw", "right/image_raw/compressed"))
    assert gate.may_subscribe("rq/gates/in_1/read_labels/_action/send_goalRequest")
    assert not gate.may_publish("rt/amr_01/order")
    asks = "rq/gates/in_1/read_labels/_action/send_goalRequest"
    assert [g.enclave for g in found.values() if g.may_publish(asks)] == ["/gate_barrier"]


def test_a_process_of_many_nodes_may_what_they_may_together_and_no_more() -> None:
    both = {g.enclave: g for g in processes(SPECS, simulated=True)}["/processes/robots_0"]
    assert both.may_publish("rt/amr_01/state")
    assert both.may_publish("rt/amr_02/cmd_vel")
    assert not both.may_publish("rt/amr_02/order")
    assert not both.may_publish("rt/fleet/beat")
    assert GRANTS[container("amr_01")].may_subscribe("rt/fleet/beat")
    one = Grant("/a", ("rt/x",), (), ("rt/y",))
    assert merged("/b", [one, Grant("/c", ("rt/y",), ())]).may_publish("rt/y")


def test_a_real_site_has_neither_clock_nor_steps_of_ours() -> None:
    real = grants(stack(LAB, RunOptions(site="lab", robots=1), "real"), simulated=False)
    assert not any(g.may_publish("rt/clock") or g.may_publish("rt/sim/step_done") for g in real)


# Documents ----------------------------------------------------------------------------------------------------------


def document() -> bytes:
    return permissions(GRANTS["/amr_01/navigation"], datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def test_documents_have_the_shape_that_dds_security_asks_for() -> None:
    assert misshapen("governance", governance()) == ""
    assert misshapen("permissions", document()) == ""
    assert document().index(b"<deny_rule>") < document().index(b"<allow_rule>"), "the first rule that matches counts"


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("permissions", b"<default>DENY", b"<default>ALLOW"),
        ("permissions", b"<subject_name>CN=/amr_01/navigation</subject_name>", b""),
        ("permissions", b"2026-01-01T00:00:00", b"tomorrow"),
        ("permissions", b"<topic>", b"<topics>"),
        ("permissions", b' name="/amr_01/navigation"', b""),
        ("permissions", b"<allow_rule>", b"<allow_rule><partitions/>"),
        ("permissions", b"<?xml", b"<!DOCTYPE a><?xml"),
        ("governance", b"<discovery_protection_kind>ENCRYPT", b"<discovery_protection_kind>MAYBE"),
        ("governance", b"<topic_expression>*</topic_expression>", b""),
        ("governance", b"false</allow_un", b"no</allow_un"),
        ("governance", b"<max>232</max>", b"<max>all</max>"),
    ],
)
def test_a_wrong_shape_is_found(kind: str, old: bytes, new: bytes) -> None:
    text = governance() if kind == "governance" else document()
    assert old in text
    assert misshapen(kind, text.replace(old, new)) != ""


@pytest.mark.skipif(
    "AMR_DDS_SCHEMAS" not in os.environ, reason="a folder with OMG's governance.xsd and permissions.xsd"
)
@pytest.mark.parametrize("kind", ["governance", "permissions"])
def test_documents_of_all_enclaves_are_valid_by_the_schemas_of_omg_too(kind: str) -> None:
    """They are not shipped: ros2/sros2 has them in sros2/sros2/policy/schemas/dds."""
    etree = pytest.importorskip("lxml.etree")
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    made = [governance()] if kind == "governance" else [permissions(g, since, until) for g in GRANTS.values()]
    schema = etree.XMLSchema(etree.parse(Path(os.environ["AMR_DDS_SCHEMAS"]) / f"{kind}.xsd"))
    for text in made:
        schema.assertValid(etree.fromstring(text))
    with pytest.raises(etree.DocumentInvalid):
        schema.assertValid(etree.fromstring(made[0].replace(b"domains", b"regions")))


@pytest.mark.parametrize("rubbish", [b"", b"<dds/>", b"<dds><permissions/></dds>", b"\xff\xfe", b"<a>" * 50_000])
def test_rubbish_is_no_document(rubbish: bytes) -> None:
    assert misshapen("permissions", rubbish) != ""
    assert misshapen("governance", rubbish) != ""


# Keystore -----------------------------------------------------------------------------------------------------------


def test_a_new_keystore_is_whole_and_openssl_agrees(made: Path) -> None:
    result = amr("check", made)
    assert (result.exit_code, "0 findings" in result.output) == (0, True), result.output
    authority = made / "public" / "ca.cert.pem"
    certificates = sorted((made / "enclaves").rglob("cert.pem"))
    assert len(certificates) >= 8
    done = subprocess.run(["openssl", "verify", "-CAfile", str(authority), *map(str, certificates)], check=False)
    assert done.returncode == 0
    for signed in (made / "enclaves").rglob("*.p7s"):
        assert signed_text(signed, authority) is not None, signed
    subject = ["openssl", "x509", "-noout", "-subject", "-in", str(made / "enclaves" / "amr_01" / "agent" / "cert.pem")]
    assert b"/amr_01/agent" in subprocess.run(subject, check=True, capture_output=True).stdout


def test_keys_are_the_owners_only(made: Path) -> None:
    keys = [*made.rglob("key.pem"), made / "private" / "ca.key.pem"]
    assert {key.stat().st_mode & 0o077 for key in keys} == {0}
    assert (made / "private").stat().st_mode & 0o077 == 0


def test_init_again_changes_nothing_that_is_good(keystore: Path) -> None:
    before = (keystore / "enclaves" / "fleet" / "cert.pem").read_bytes()
    result = amr("init", keystore)
    assert "0 enclaves written" in result.output
    assert (keystore / "enclaves" / "fleet" / "cert.pem").read_bytes() == before


def test_a_robot_is_added_and_the_fleet_may_speak_to_it(keystore: Path) -> None:
    assert b"amr_02" not in (keystore / "enclaves" / "fleet" / "permissions.xml").read_bytes()
    key = (keystore / "enclaves" / "fleet" / "key.pem").read_bytes()
    result = amr("add-robot", keystore, "amr_02")
    assert result.exit_code == 0, result.output
    assert "/amr_02/agent" in result.output
    assert "/fleet" in result.output
    assert "/amr_01/agent" not in result.output, "what did not change stays"
    assert b"rt/amr_02/order" in (keystore / "enclaves" / "fleet" / "permissions.xml").read_bytes()
    assert (keystore / "enclaves" / "fleet" / "key.pem").read_bytes() == key
    assert amr("check", keystore).exit_code == 0
    for robot, code in (("amr_02", "security.keystore"), ("amr_77", "robot.not_found")):
        with pytest.raises(AmrError, match=code):
            CliRunner().invoke(app, ["security", "add-robot", str(keystore), robot], catch_exceptions=False)


def fleet(folder: Path) -> Path:
    return folder / "enclaves" / "fleet"


def spy(folder: Path) -> Path:
    return folder / "enclaves" / "spy"


def _other_authority(folder: Path) -> None:
    other = Keystore(folder.parent / "other")
    other.create("other")
    other.add([GRANTS["/amr_01/agent"]])
    for name in ("cert.pem", "key.pem", "permissions.p7s", "permissions.xml"):
        shutil.copy(other.enclave("/amr_01/agent") / name, folder / "enclaves" / "amr_01" / "agent" / name)


def _widened(folder: Path) -> None:
    path = folder / "enclaves" / "camera_c01" / "permissions.xml"
    path.write_bytes(path.read_bytes().replace(b"rt/cameras/events", b"rt/amr_01/cmd_vel"))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_other_authority, "/amr_01/agent: the certificate is not this authority's"),
        (_other_authority, "/amr_01/agent: permissions.p7s is not signed by this authority"),
        (_widened, "/camera_c01: permissions.p7s says something else than permissions.xml"),
        (_widened, "/camera_c01: its permissions are not those of this site"),
        (lambda f: shutil.rmtree(fleet(f)), "/fleet: there is no such enclave"),
        (lambda f: (fleet(f) / "key.pem").chmod(0o644), "/fleet: key.pem can be read by others"),
        (lambda f: (f / "private" / "ca.key.pem").chmod(0o644), "private/ca.key.pem can be read by others"),
        (lambda f: (fleet(f) / "key.pem").write_text("no"), "/fleet: key.pem cannot be read"),
        (lambda f: (fleet(f) / "governance.p7s").unlink(), "/fleet: governance.p7s is not the keystore's"),
        (lambda f: (f / "enclaves" / "governance.xml").write_text("<dds/>"), "governance.xml: dds has no <domain_"),
        (lambda f: shutil.copytree(fleet(f), spy(f)), "/spy: no node of this site uses it"),
        (lambda f: shutil.copytree(fleet(f), spy(f)), "/spy: the certificate is /fleet's"),
        (lambda f: shutil.copy(fleet(f) / "key.pem", f / "enclaves" / "engineer" / "key.pem"),
         "/engineer: key and certificate do not belong together"),
        (lambda f: (f / "private" / "ca.key.pem").unlink(), "its authority cannot be read"),
    ],
)  # fmt: skip
def test_check_finds_what_is_wrong(keystore: Path, harm: Callable[[Path], object], said: str) -> None:
    harm(keystore)
    result = amr("check", keystore)
    assert result.exit_code == 1
    assert said in result.output, result.output


def test_certificates_that_end_soon_are_said_and_renewed(tmp_path: Path) -> None:
    store = Keystore(tmp_path / "k")
    store.create("lab")
    grant = GRANTS["/fleet"]
    store.add([grant], days=10)
    assert any("ends on" in one for one in findings(store, [grant]))
    old = store.certificate("/fleet")
    assert store.add([grant], days=365) == ["/fleet"]
    new = store.certificate("/fleet")
    assert old is not None
    assert new is not None
    assert new.serial_number != old.serial_number
    assert findings(store, [grant]) == []
    assert any("begins on" in one for one in findings(store, [grant], datetime.now(UTC) - timedelta(days=2)))


@pytest.mark.parametrize(
    "note", ["", "[]", "{}", '{"site": "lab"}', "[" * 9000, '{"site":1,"robots":3,"mode":0,"days":"x"}']
)
def test_a_folder_that_is_no_keystore_is_refused(tmp_path: Path, note: str) -> None:
    (tmp_path / "amr.json").write_text(note)
    with pytest.raises(AmrError, match=r"security\.keystore"):
        CliRunner().invoke(app, ["security", "check", str(tmp_path)], catch_exceptions=False)


def test_init_writes_into_an_empty_folder_only(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(AmrError, match="not empty"):
        CliRunner().invoke(app, ["security", "init", str(tmp_path), "--site", "lab"], catch_exceptions=False)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_whether_fast_dds_has_the_plugins_is_looked_up_in_its_library(tmp_path: Path) -> None:
    assert has_plugins([tmp_path]) is None
    (tmp_path / "libfastrtps.so.2.14").write_bytes(b"...")
    assert has_plugins([tmp_path]) is False
    (tmp_path / "libfastrtps.so.2.14").write_bytes(b".DDS:Auth:PKI-DH.")
    assert has_plugins([tmp_path]) is True


def test_the_plan_is_kept_beside_the_keys(made: Path) -> None:
    note = json.loads((made / "amr.json").read_text())
    assert note == {"site": "lab", "robots": ["amr_01"], "mode": "real", "days": 365}


# The site's own authority -------------------------------------------------------------------------------------------


def test_one_authority_vouches_for_mqtt_and_for_ros(tmp_path: Path) -> None:
    site, folder = tmp_path / "mqtt", tmp_path / "keystore"
    write_files(site, {"amr_01": ("AMR", "amr_01")}, ["broker"], 8883)
    store, grant = Keystore(folder), GRANTS["/amr_01"]
    store.create("not looked at", authority=site)
    store.add([grant])
    mqtt = x509.load_pem_x509_certificate((site / "robot-amr_01.crt").read_bytes())
    ros = store.certificate("/amr_01")
    assert ros is not None
    authority = x509.load_pem_x509_certificate((site / "ca.crt").read_bytes())
    assert issued_by(mqtt, authority)
    assert issued_by(ros, authority)
    assert (folder / "private/ca.key.pem").stat().st_mode & 0o077 == 0
    assert findings(store, [grant]) == []


@pytest.mark.parametrize("damage", ["ca.key", "ca.crt"])
def test_an_authority_that_cannot_be_read_makes_no_keystore(tmp_path: Path, damage: str) -> None:
    site, folder = tmp_path / "mqtt", tmp_path / "keystore"
    write_files(site, {"amr_01": ("AMR", "amr_01")}, ["broker"], 8883)
    (site / damage).write_bytes(b"-----BEGIN rubbish")
    with pytest.raises(AmrError) as refused:
        Keystore(folder).create("x", authority=site)
    assert refused.value.code == "run.bad_option"
    assert not folder.exists()
