"""Write editable wheels of several Python packages, in one process: loading setuptools takes longer than all of them.

Usage: editable.py OUT FOLDER ...   Runs in .venv, which has setuptools; OUT gets one wheel a folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from setuptools import build_meta


def main(arguments: Sequence[str]) -> int:
    """Write the wheels; 1 when one cannot be written, after what setuptools says."""
    out, *folders = arguments
    for folder in folders:
        # A process each: setuptools keeps what it found in the folder before.
        if (child := os.fork()) == 0:
            os.chdir(folder)
            build_meta.build_editable(out, {"editable_mode": "compat"})
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
