"""The site's authority, one-time codes, and the archive of a site's files."""

from __future__ import annotations

import errno
import gzip
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from amr_core import whole_files
from amr_core.errors import AmrError
from amr_core.identity import codes
from amr_core.identity.authority import SiteAuthority, common_name, new_key, request_for
from amr_core.site import archive, site_dir
from amr_core.whole_files import write_private, write_whole


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> SiteAuthority:
    return SiteAuthority.made(tmp_path_factory.mktemp("ca"))[0]


def test_a_certificate_bears_the_name_that_we_know_not_the_one_that_was_asked_for(authority: SiteAuthority) -> None:
    key = new_key()
    certificate = authority.sign(request_for("amr-fleet", key), "amr_01")
    assert common_name(certificate) == "amr_01"
    assert certificate.public_key() == key.public_key()
    assert authority.signed(certificate)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_of_another_authority_is_none_of_ours(authority: SiteAuthority, tmp_path: Path) -> None:
    strange = SiteAuthority.made(tmp_path)[0].issue("amr_01").certificate
    assert not authority.signed(strange)


def test_a_request_whose_sender_does_not_have_the_key_is_refused(authority: SiteAuthority) -> None:
    whole = request_for("a", new_key())
    lines = whole.decode().splitlines()
    middle = lines[-2]
    lines[-2] = ("A" if middle[0] != "A" else "B") + middle[1:]  # in the signature
    for bad in (b"", b"rubbish", b"-" * 20_000, "\n".join(lines).encode()):
        with pytest.raises(AmrError, match=r"enrol\.request"):
            authority.sign(bad, "amr_01")


@pytest.mark.parametrize("curve", [ec.SECP384R1(), None])
def test_a_request_with_another_kind_of_key_is_refused(
    authority: SiteAuthority, curve: ec.EllipticCurve | None
) -> None:
    key = rsa.generate_private_key(65537, 2048) if curve is None else ec.generate_private_key(curve)
    with pytest.raises(AmrError, match=r"enrol\.request"):
        authority.sign(request_for("a", key), "amr_01")  # type: ignore[arg-type]


def test_an_authority_whose_files_are_rubbish_is_an_error_with_a_code(tmp_path: Path) -> None:
    SiteAuthority.made(tmp_path)
    (tmp_path / "ca.key").write_text("rubbish")
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        SiteAuthority.opened(tmp_path)
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cut", ["fsync", "replace"])
def test_a_file_that_could_not_be_written_leaves_no_part_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    key = tmp_path / "ca.key"
    write_private(key, b"the old one")
    with monkeypatch.context() as full:
        full.setattr(os, cut, _full)
        full.setattr(Path, cut, _full, raising=False)
        with pytest.raises(OSError, match="No space left"):
            write_private(key, b"a private key cut o")
        with pytest.raises(OSError, match="No space left"):
            write_whole(tmp_path / "a.csv", b"1;2", 0o666, part=tmp_path / ".a.csv.part")
    assert [path.name for path in tmp_path.iterdir()] == ["ca.key"]
    assert key.read_bytes() == b"the old one"


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_written_beside_its_place_and_a_link_there_is_not_followed(tmp_path: Path) -> None:
    path, part = tmp_path / "a.csv", tmp_path / ".a.csv.part"
    part.symlink_to(tmp_path / "elsewhere")
    write_whole(path, b"1;2", 0o600, part=part)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"1;2", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_who_writes_a_file_loads_no_cryptography() -> None:
    code = f"import sys, {whole_files.__name__}; print([m for m in sys.modules if m.startswith('cryptography')])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_list_names_what_is_revoked(authority: SiteAuthority) -> None:
    lost = authority.issue("amr_01").certificate
    found = x509.load_pem_x509_crl(authority.revocations({lost.serial_number: 1_700_000_000.0}))
    assert found.get_revoked_certificate_by_serial_number(lost.serial_number) is not None
    assert found.get_revoked_certificate_by_serial_number(lost.serial_number + 1) is None
    assert found.next_update_utc is not None


def test_a_code_is_read_as_a_person_types_it() -> None:
    code = codes.new_code()
    assert codes.read_code(code.text) == code
    assert codes.read_code(f"  {code.text.lower().replace('-', ' ')} ") == code
    assert len({codes.new_code().text for _ in range(200)}) == 200
    assert codes.read_code("OIL0-0000-0000-0000-0000").number == "0110"


@pytest.mark.parametrize(
    "text", ["", "ABCD", "ABCD-EFGH-JKMN-PQRS-TVW*", "ABCD-EFGH-JKMN-PQRS-TVWX-Y", "Số-1", "\0" * 20]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(AmrError, match=r"enrol\.code"):
        codes.read_code(text)


def test_a_proof_is_of_one_purpose_and_of_these_parts() -> None:
    said = codes.proof("SECRET", "request", b"ab", b"c")
    assert said != codes.proof("SECRET", "request", b"a", b"bc")
    assert said != codes.proof("SECRET", "welcome", b"ab", b"c")
    assert said != codes.proof("SECRES", "request", b"ab", b"c")
    assert codes.same(said, codes.proof("SECRET", "request", b"ab", b"c"))
    assert not codes.same(said, "\udfff")


# The archive ----------------------------------------------------------------------------------------------------------


def test_the_files_of_a_site_arrive_as_they_are(tmp_path: Path) -> None:
    lab = site_dir("lab")
    data, version = archive.pack(lab)
    assert (data, version) == archive.pack(lab)
    assert version == archive.version(lab)
    archive.unpack(data, tmp_path / "site", version)
    assert archive.version(tmp_path / "site") == version
    assert (tmp_path / "site" / "site.yaml").read_bytes() == (lab / "site.yaml").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_a_version_changes_with_a_byte_and_with_a_name(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("id: a")
    first = archive.version(tmp_path)
    (tmp_path / "notes.txt").write_text("no file of a site")
    assert archive.version(tmp_path) == first
    (tmp_path / "map.yaml").write_text("a")
    second = archive.version(tmp_path)
    (tmp_path / "map.yaml").rename(tmp_path / "keepout.yaml")
    assert len({first, second, archive.version(tmp_path)}) == 3


def test_one_goes_back_to_what_was_there_before(tmp_path: Path) -> None:
    site = tmp_path / "site"
    old, new = site_dir("lab"), site_dir("cai_cui")
    for folder in (old, new):
        archive.unpack(archive.pack(folder)[0], site, archive.version(folder))
    assert archive.version(site) == archive.version(new)
    archive.go_back(site)
    assert archive.version(site) == archive.version(old)
    archive.go_back(site)  # and forth
    assert archive.version(site) == archive.version(new)
    with pytest.raises(AmrError, match=r"site\.archive"):
        archive.go_back(tmp_path / "other")


def tarred(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def linked() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        entry = tarfile.TarInfo("site.yaml")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(entry)
    return gzip.compress(buffer.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        b"", b"rubbish", archive.pack(site_dir("lab"))[0][:-40], archive.pack(site_dir("lab"))[0][:300], linked(),
        tarred(**{"map.yaml": b"a"}), tarred(**{"..__site.yaml": b"a"}), tarred(**{"site.yaml": b"a", "run.sh": b"a"}),
        gzip.compress(b"\0" * 60_000_000), archive.pack(site_dir("cai_cui"))[0],
    ],
    ids=["empty", "rubbish", "cut off", "cut short", "a link", "no site", "way out", "program", "a bomb", "other"],
)  # fmt: skip
def test_an_archive_that_is_not_what_was_promised_changes_nothing(data: bytes, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "site.yaml").write_text("id: kept")
    with pytest.raises(AmrError, match=r"site\.archive"):
        archive.unpack(data, site, archive.version(site_dir("lab")))
    assert (site / "site.yaml").read_text() == "id: kept"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def sparse() -> bytes:
    """Return an archive of one file that says to be 1 kB, of holes: no byte of it is there."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as made:
        entry = tarfile.TarInfo("site.yaml")
        entry.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": "1000"}
        made.addfile(entry)
    return gzip.compress(buffer.getvalue())


def test_a_file_of_holes_is_refused_before_it_is_filled(tmp_path: Path) -> None:
    """A few bytes may say to be a file of many gigabytes, which the limit on what is unpacked does not see."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(sparse()))) as read:
        (entry,) = read.getmembers()
        assert (entry.isfile(), entry.issparse(), entry.size) == (True, True, 1000)
    with pytest.raises(AmrError, match="no file of a site"):
        archive.unpack(sparse(), tmp_path / "site", "")


@pytest.mark.parametrize("what", ["none", "no site.yaml", "a long name", "too many", "too large"])
def test_files_that_no_robot_would_unpack_are_not_packed(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_MOST_BYTES", 100_000)
    site = tmp_path / "site"
    if what != "none":
        site.mkdir()
        (site / ("map.yaml" if what == "no site.yaml" else "site.yaml")).write_text("id: a")
    if what == "a long name":
        (site / f"{'x' * 100}.yaml").write_text("a")
    for k in range(64 if what == "too many" else 0):
        (site / f"{k}.yaml").write_text("a")
    if what == "too large":
        (site / "map.png").write_bytes(b"a" * 99_900)  # with the headers it is more
    with pytest.raises(AmrError, match=r"site\.archive"):
        archive.pack(site)


def test_a_site_of_as_much_as_is_allowed_goes_both_ways(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    for k in range(63):
        (site / f"{k:0>95}.yaml").write_text("a")
    (site / "site.yaml").write_text("id: a")
    data, version = archive.pack(site)
    archive.unpack(data, tmp_path / "there", version)
    assert archive.version(tmp_path / "there") == archive.version(site)
