"""Import all modules of packages once, so that Python keeps the bytecode of what they use and of nothing else.

Usage: bytecode.py PACKAGE ...   Runs in .venv. Without it the many processes of a first run would each compile what
they import, and those of a shell with PYTHONDONTWRITEBYTECODE would every time. All that is installed would be
twice as much work and 60 MB that nobody reads.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence

# They do what they are for as soon as they are imported.
_ACT = ("__main__", "migrations.env")


def modules(packages: Sequence[str]) -> Iterator[str]:
    """Yield the names of packages and of all modules in them that only define something."""
    for name in packages:
        yield name
        places = importlib.import_module(name).__path__
        yield from (each.name for each in pkgutil.walk_packages(places, f"{name}.") if not each.name.endswith(_ACT))


def main(packages: Sequence[str]) -> int:
    """Import them all. What cannot be imported, as without an extra, is left to those who use it."""
    for name in modules(packages):
        try:
            importlib.import_module(name)
        except Exception as error:  # bytecode makes a start faster, and is never worth a set-up
            print(f"{name}: {error}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
