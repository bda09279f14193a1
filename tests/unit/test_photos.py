"""Pictures of workers: nothing but the picture is kept, for so many days, for nobody else on the machine."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from amr_core.errors import AmrError
from amr_fleet.api import photos
from amr_fleet.api.photos import KEEP_DAYS, LONGEST, PhotoStore, cleaned

DAY = 86400.0


def picture(size: tuple[int, int] = (640, 480), form: str = "JPEG", colour: str = "red", turn: int = 0) -> bytes:
    image, out = Image.new("RGB", size, colour), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    exif[0x8825] = {1: "N", 2: (10.0, 1.0, 2.0)}  # where it was taken
    if turn:
        exif[0x0112] = turn
    image.save(out, form, exif=exif, comment=b"hidden words") if form == "JPEG" else image.save(out, form)
    return out.getvalue()


class Rig:
    def __init__(self, folder: Path) -> None:
        self.now, self.folder = 1_000_000.0, folder / "photos"
        self.store = PhotoStore(self.folder, clock=lambda: self.now)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    one = Rig(tmp_path)
    yield one
    one.store.close()


def code(call: Callable[[], object]) -> str:
    with pytest.raises(AmrError) as caught:
        call()
    return caught.value.code


def test_only_the_picture_itself_is_kept(rig: Rig) -> None:
    name = rig.store.add(picture())
    kept = rig.store.get(name)
    assert hashlib.sha256(kept).hexdigest() == name
    assert b"SecretPhone" not in kept
    assert b"hidden words" not in kept
    with Image.open(io.BytesIO(kept)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (640, 480), {})


def test_it_is_upright_and_no_larger_than_it_need_be() -> None:
    with Image.open(io.BytesIO(cleaned(picture((4000, 3000), turn=6)))) as shown:
        assert shown.size == (LONGEST * 3 // 4, LONGEST)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_the_forms_of_phones_are_read(form: str) -> None:
    with Image.open(io.BytesIO(cleaned(picture(form=form)))) as shown:
        assert shown.format == "JPEG"


def test_rubbish_is_refused() -> None:
    half = picture()[:200]
    gif = io.BytesIO()
    Image.new("RGB", (5, 5)).save(gif, "GIF")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for rubbish in (b"", b"\x00" * 99, half, gif.getvalue(), svg, b"%PDF-1.7", b"\xff\xd8\xff" + b"x" * 999):
        assert code(lambda data=rubbish: cleaned(data)) == "photo.unreadable"  # type: ignore[misc]


def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    small = picture((300, 200), "PNG")
    monkeypatch.setattr(photos, "MOST_PIXELS", 59_999)
    assert code(lambda: cleaned(small)) == "photo.unreadable"
    monkeypatch.setattr(photos, "MOST_PIXELS", 60_000)
    cleaned(small)
    monkeypatch.setattr(photos, "MOST_BYTES", len(small) - 1)
    assert code(lambda: cleaned(small)) == "photo.unreadable"


def test_it_is_gone_after_its_days_whether_or_not_anybody_swept(rig: Rig) -> None:
    old = rig.store.add(picture(colour="red"))
    rig.now += (KEEP_DAYS - 1) * DAY
    new = rig.store.add(picture(colour="blue"))
    assert rig.store.get(old)
    rig.now += DAY
    assert code(lambda: rig.store.get(old)) == "photo.gone"
    assert (rig.folder / f"{old}.jpg").is_file(), "it is not told, even before it is deleted"
    assert rig.store.sweep() == 1
    assert [path.stem for path in rig.folder.iterdir()] == [new]


def test_a_new_picture_sweeps_the_old_ones_and_one_that_was_cut_off(rig: Rig) -> None:
    old = rig.store.add(picture(colour="red"))
    (rig.folder / "half.part").write_bytes(b"x")
    os.utime(rig.folder / "half.part", (rig.now, rig.now))
    rig.now += KEEP_DAYS * DAY
    new = rig.store.add(picture(colour="blue"))
    assert [path.name for path in rig.folder.iterdir()] == [f"{new}.jpg"]
    assert old != new


def test_the_same_picture_again_is_as_new_as_the_last_time(rig: Rig) -> None:
    name = rig.store.add(picture())
    rig.now += (KEEP_DAYS - 1) * DAY
    assert rig.store.add(picture()) == name
    rig.now += (KEEP_DAYS - 1) * DAY
    assert rig.store.get(name)


def test_only_the_owner_reads_the_folder(rig: Rig) -> None:
    name = rig.store.add(picture())
    assert stat.S_IMODE(rig.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((rig.folder / f"{name}.jpg").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "x", "../users.db", "a" * 63, "A" * 64, "a" * 64, f"{'a' * 64}/../x"])
def test_no_other_file_can_be_named(rig: Rig, name: str) -> None:
    rig.store.add(picture())
    assert code(lambda: rig.store.get(name)) == "photo.gone"
    assert code(lambda: rig.store.remove(name)) == "photo.gone"


def test_one_can_be_deleted_before_its_time(rig: Rig) -> None:
    name = rig.store.add(picture())
    rig.store.remove(name)
    assert code(lambda: rig.store.get(name)) == "photo.gone"


def test_without_a_folder_or_when_it_is_full_none_is_kept(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code(lambda: PhotoStore().add(picture())) == "photo.not_kept"
    assert PhotoStore().sweep() == 0
    monkeypatch.setattr(photos, "MOST_KEPT", 1)
    rig.store.add(picture(colour="red"))
    assert code(lambda: rig.store.add(picture(colour="blue"))) == "photo.not_kept"


def test_a_disk_that_takes_nothing_is_said(rig: Rig) -> None:
    rig.folder.write_text("a file where the folder should be")
    assert code(lambda: rig.store.add(picture())) == "photo.not_kept"


def test_a_folder_that_cannot_be_read_ends_no_sweeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PhotoStore(tmp_path)

    def broken(_folder: Path) -> Iterator[Path]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "iterdir", broken)
    assert store.sweep() == 0
    monkeypatch.undo()
    store.close()
