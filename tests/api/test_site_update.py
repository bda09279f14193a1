"""A robot asks for the site's files: it gets what the authority vouches for, whole, or keeps what it has."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from amr_bringup import enrol as robot_side
from amr_bringup.robot_cli import robot_app
from amr_core.errors import AmrError
from amr_core.identity.authority import SiteAuthority, new_key, pem, request_for
from amr_core.identity.codes import proof, read_code
from amr_core.identity.site_words import site_answer, site_question
from amr_core.site import archive, site_dir
from amr_fleet.enrolment import EnrolmentDesk
from amr_interop.mqtt.site_files import write_files
from tests.api.api_support import Connect
from tests.api.test_enrolment_routes import awaited

QUESTION = "0f" * 16
Spoil = Callable[[dict[str, Any]], dict[str, Any]]


@dataclasses.dataclass
class Bay:
    """A robot's computer beside its server. spoil: changes an answer on its way."""

    desk: EnrolmentDesk
    site: Path
    folder: Path
    spoil: Spoil = lambda answer: answer

    def ask(self, _server: str, path: str, body: dict[str, Any], _folder: Path) -> dict[str, Any]:
        if path == "enrol":
            given = self.desk.enrol(body["number"], body["request"].encode(), body["proof"])
            told = dataclasses.asdict(given)
            told["site_files"] = base64.b64encode(given.site_files)
            return {k: v.decode() if isinstance(v, bytes) else v for k, v in told.items()}
        assert path == "enrol/site"
        signature = base64.b64decode(body["signature"])
        found = self.desk.site_files(body["certificate"].encode(), body["question"], signature, has=body["has"])
        told = {"site": found.site, "site_version": found.site_version}
        told |= {k: base64.b64encode(getattr(found, k)).decode() for k in ("site_files", "word")}
        return self.spoil(told)

    @property
    def version(self) -> str:
        return archive.version(self.folder / "site")

    def write(self, text: str) -> None:
        """Give the server another site, with which it works."""
        (self.site / "site.yaml").write_text(text)
        self.desk._running = archive.version(self.site)

    def change_the_site(self, *, restart: bool = True) -> str:
        """Change the server's files. restart: the server works with them, too."""
        with (self.site / "site.yaml").open("a") as file:
            file.write("# another version\n")
        if restart:
            self.desk._running = archive.version(self.site)
        return archive.version(self.site)


@pytest.fixture
def bay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bay:
    """amr_01 of the laboratory, enrolled; its server has a site folder that a test may change."""
    write_files(tmp_path / "mqtt", {"amr_02": ("AMR", "amr_02")}, ["broker.site"], 8883)
    site = Path(shutil.copytree(site_dir("lab"), tmp_path / "lab"))
    robots = {"amr_01": "amr_01", "amr_02": "amr_02"}
    desk = EnrolmentDesk(tmp_path / "mqtt", robots, site="lab", site_folder=site, broker="broker.site:8883",
                         running=archive.version(site))  # fmt: skip
    made = Bay(desk, site, tmp_path / "etc")
    monkeypatch.setattr(robot_side, "_ask", made.ask)
    robot_side.enrol("https://s", desk.offer("amr_01").text, made.folder)
    return made


def test_a_robot_that_has_them_gets_nothing(bay: Bay) -> None:
    assert robot_side.update_site("https://s", bay.folder) is None
    assert not (bay.folder / "site.before").exists()


def test_new_files_take_the_place_of_the_old_ones_and_there_is_a_way_back(bay: Bay) -> None:
    old, new = bay.version, bay.change_the_site()
    assert robot_side.update_site("https://s", bay.folder) == new == bay.version
    assert robot_side.update_site("https://s", bay.folder) is None
    archive.go_back(bay.folder / "site")
    assert bay.version == old
    assert sorted(p.name for p in bay.folder.iterdir() if p.name.startswith((".", "site"))) == ["site", "site.before"]


def test_files_that_the_server_itself_does_not_work_with_yet_are_not_handed_out(bay: Bay) -> None:
    """The robot that took them got no order, and the server had no others for it."""
    old = bay.version
    bay.change_the_site(restart=False)
    assert robot_side.update_site("https://s", bay.folder) is None, "it has what the server works with"
    shutil.rmtree(bay.folder / "site")
    with pytest.raises(AmrError, match=r"site\.restart"):
        robot_side.update_site("https://s", bay.folder)
    code = bay.desk.offer("amr_02").text
    with pytest.raises(AmrError, match=r"site\.restart"):
        robot_side.enrol("https://s", code, bay.folder.with_name("other"))
    new = bay.change_the_site()
    robot_side.enrol("https://s", code, bay.folder.with_name("other"))
    assert archive.version(bay.folder.with_name("other") / "site") == new != old


def test_a_robot_whose_files_are_gone_gets_them(bay: Bay) -> None:
    shutil.rmtree(bay.folder / "site")
    assert robot_side.update_site("https://s", bay.folder) == bay.version


def tarred(name: str, content: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        entry = tarfile.TarInfo(name)
        entry.size, entry.type, entry.linkname = len(content), kind, "/etc/passwd"
        made.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def files(data: bytes) -> Spoil:
    return lambda answer: {**answer, "site_files": base64.b64encode(data).decode()}


def cut_off(answer: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64decode(answer["site_files"])
    return files(data[: len(data) // 2])(answer)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (cut_off, "site.archive"),
        (files(b""), "site.archive"),
        (files(b"rubbish"), "site.archive"),
        (files(tarred("site.yaml", b"id: other")), "site.archive"),
        (files(tarred("../site.yaml", b"x")), "site.archive"),
        (files(tarred("/etc/site.yaml", b"x")), "site.archive"),
        (files(tarred("site.yaml", b"", tarfile.SYMTYPE)), "site.archive"),
        (lambda answer: {**answer, "site_files": "*"}, "site.archive"),
        (lambda answer: {**answer, "site_version": "f" * 64}, "enrol.server"),
        (lambda answer: {**answer, "word": ""}, "enrol.server"),
        (lambda answer: {}, "enrol.server"),
        (lambda answer: {**answer, "site_version": None}, "enrol.server"),
    ],
)  # fmt: skip
def test_what_is_not_the_sites_is_refused_with_a_code_and_the_robot_keeps_its_files(
    bay: Bay, spoil: Spoil, code: str
) -> None:
    old = bay.version
    bay.change_the_site()
    bay.spoil = spoil
    with pytest.raises(AmrError) as refused:
        robot_side.update_site("https://s", bay.folder)
    assert refused.value.code == code
    assert bay.version == old
    assert not [path for path in bay.folder.iterdir() if path.name.startswith((".site", "site."))]
    bay.spoil = lambda answer: answer
    assert robot_side.update_site("https://s", bay.folder) == bay.version != old


def test_an_answer_to_another_question_is_no_answer(bay: Bay) -> None:
    """Who has listened once could else bring a robot back to files that the site has no more."""
    recorded: list[dict[str, Any]] = []
    bay.change_the_site()
    bay.spoil = lambda answer: recorded.append(answer) or answer  # type: ignore[func-returns-value]
    robot_side.update_site("https://s", bay.folder)
    bay.change_the_site()
    bay.spoil = lambda _: recorded[0]
    with pytest.raises(AmrError, match=r"enrol\.server"):
        robot_side.update_site("https://s", bay.folder)


@pytest.mark.parametrize("text", ["fleet: []\n", "id: [\n"])
def test_a_site_that_cannot_be_used_by_this_robot_is_not_taken(bay: Bay, text: str) -> None:
    """The server has a site of its own mistake: what it sends is vouched for, and still nothing to drive by."""
    old = bay.version
    bay.write(text)
    with pytest.raises(AmrError, match=r"site\.(invalid|unreadable|archive)"):
        robot_side.update_site("https://s", bay.folder)
    assert bay.version == old


def test_a_site_without_this_robot_is_not_taken(bay: Bay) -> None:
    old = bay.version
    text = (bay.site / "site.yaml").read_text()
    bay.write(text.replace("amr_01", "amr_77"))
    with pytest.raises(AmrError, match="no robot amr_01"):
        robot_side.update_site("https://s", bay.folder)
    assert bay.version == old


def test_two_folders_change_places_also_where_the_file_system_does_it_in_steps(
    bay: Bay, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = bay.version, bay.change_the_site()
    monkeypatch.setattr("amr_core.site.archive.ctypes.CDLL", lambda *_, **__: object())
    assert robot_side.update_site("https://s", bay.folder) == new
    archive.go_back(bay.folder / "site")
    assert bay.version == old


# The server's side ----------------------------------------------------------------------------------------------------


def body(
    certificate: bytes, key: ec.EllipticCurvePrivateKey, question: str = QUESTION, has: str = ""
) -> dict[str, str]:
    signature = key.sign(site_question(question), ec.ECDSA(hashes.SHA256()))
    return {
        "certificate": certificate.decode(), "question": question, "has": has,
        "signature": base64.b64encode(signature).decode(),
    }  # fmt: skip


@awaited
async def test_only_who_has_the_key_of_a_valid_certificate_gets_them(connect: Connect, app: Any, bay: Bay) -> None:
    app.state.context = dataclasses.replace(app.state.context, enrolment=bay.desk)
    number, secret = read_code(bay.desk.offer("amr_02").text)
    key = new_key()
    request = request_for("amr_02", key)
    mine = bay.desk.enrol(number, request, proof(secret, "request", request)).certificate
    strange = SiteAuthority.made(bay.folder / "strange")[0].issue("amr_02")
    foreign = pem(strange.certificate)
    async with connect() as http:
        good = await http.post("/api/v1/enrol/site", json=body(mine, key))
        assert good.status_code == 200, good.text
        answer = good.json()
        assert answer["site_version"] == archive.version(bay.site)
        same = await http.post("/api/v1/enrol/site", json=body(mine, key, has=answer["site_version"]))
        assert same.json()["site_files"] == ""
        for name, wrong in {
            "another key": body(mine, new_key()),
            "another question": {**body(mine, key), "question": "ab" * 16},
            "another authority": body(foreign, strange.key),
        }.items():
            refused = await http.post("/api/v1/enrol/site", json=wrong)
            assert (refused.status_code, refused.json()["code"]) == (403, "enrol.certificate"), name
        bay.desk.revoke("amr_02")
        late = await http.post("/api/v1/enrol/site", json=body(mine, key))
        assert late.json()["code"] == "enrol.certificate"
        for rubbish in ({}, {**body(mine, key), "question": "x"}, {**body(mine, key), "has": "../.."}):
            assert (await http.post("/api/v1/enrol/site", json=rubbish)).status_code == 422


def test_question_and_answer_are_never_the_same_words() -> None:
    assert site_question(QUESTION) != site_answer(QUESTION, "")
    assert site_answer(QUESTION, "a" * 64) != site_answer(QUESTION, "b" * 64)


# The command ----------------------------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(robot_app, ["site", "update", *words])
    return done.exit_code, done.output if done.exception is None else str(done.exception)


def test_the_command_updates_says_so_and_goes_back(bay: Bay) -> None:
    folder = ("--folder", str(bay.folder))
    old = bay.version
    assert "no others" in run("https://s", *folder)[1]
    new = bay.change_the_site()
    code, words = run("https://s", *folder)
    assert (code, new[:12] in words, "systemctl restart" in words) == (0, True, True)
    assert old[:12] in run("--back", *folder)[1]
    for wrong in ((), ("https://s", "--back")):
        code, words = run(*wrong, *folder)
        assert code == 1
        assert "run.bad_option" in words
