"""What an account may be called, what makes a password or a PIN too weak, and how they are hashed."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from amr_core.errors import AmrError
from amr_core.heap import give_large_back
from amr_core.plain_text import plain

MIN_PASSWORD: Final = 10
MAX_JUDGED: Final = 72  # characters that zxcvbn is given: its time grows with the square
WEAKEST: Final = 3  # of zxcvbn's 0 to 4: 3 = more than 10^8 guesses
_HOUSE_WORDS: Final = ("amr", "fleet", "robot", "caicui", "cantho", "cang", "port")
_LEGIBLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_SEQUENCE: Final = "01234567890123456789"
_PAD_SHAPES: Final = frozenset({"2580", "0852", "1379", "9731", "1397", "147258", "147258369", "159357", "159753"})
T = TypeVar("T")
_PATHS: Final = (".", "..")  # browsers make another path of them: nobody could remove such a user
HASHES_AT_ONCE: Final = 2
HASHES_WAITING: Final = 16
_PASSES: Final = 2
_KIB: Final = 19 * 1024


def check_name(name: str) -> None:
    """Raise request.invalid for a name that hides something, or that no path or page can have."""
    try:
        good = 1 <= len(name) <= 64 and plain(name) == name and "/" not in name and name not in _PATHS
    except ValueError:
        good = False
    if not good:
        raise AmrError("request.invalid", where="name", reason="1 to 64 printable characters without /")


def check_password(password: str, name: str = "") -> None:
    """Raise request.invalid for a password that is short or easily guessed."""
    if len(password) < MIN_PASSWORD:
        raise AmrError("request.invalid", where="password", reason=f"at least {MIN_PASSWORD} characters")
    from zxcvbn import zxcvbn  # its word lists are 12 MB, for a new password now and then

    found = zxcvbn(password[:MAX_JUDGED], user_inputs=[*_HOUSE_WORDS, *name.split()])
    if found["score"] < WEAKEST:
        raise AmrError("request.invalid", where="password", reason="too easy to guess")


def check_pin(pin: str) -> None:
    """Raise request.invalid for a PIN that is no PIN or among the first that anybody tries."""
    if not (4 <= len(pin) <= 8 and pin.isascii() and pin.isdigit()):
        raise AmrError("request.invalid", where="pin", reason="4 to 8 digits")
    half = len(pin) // 2
    repeated = len(set(pin)) == 1 or (len(pin) % 2 == 0 and pin[:half] == pin[half:])
    pairs = len(pin) % 2 == 0 and all(pin[i] == pin[i + 1] for i in range(0, len(pin), 2))
    run = pin in _SEQUENCE or pin in _SEQUENCE[::-1]
    year = len(pin) == 4 and 1940 <= int(pin) <= 2049
    if repeated or pairs or run or year or pin == pin[::-1] or pin in _PAD_SHAPES:
        raise AmrError("request.invalid", where="pin", reason="too easy")


def legible(groups: int) -> str:
    """Return random groups of four characters that are easy to type; each is worth 19.8 bits."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(groups))


def hasher() -> PasswordHash:
    """Return Argon2id with 19 MiB, 2 passes, 1 lane (OWASP's floor): many at once must not fill the memory."""
    return PasswordHash((Argon2Hasher(time_cost=_PASSES, memory_cost=_KIB, parallelism=1),))


def nobodys() -> str:
    """Return a hash that no password has, made without hashing; to find that out takes as long as with `hasher`'s."""
    salt, tag = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={_KIB},t={_PASSES},p=1${salt}${tag}"


class Turnstile:
    """Works off hashes in a few threads of its own and lets a few callers wait; raises auth.busy for the rest.

    Its own threads: where malloc keeps a hash's 19 MiB, it does so for the thread that computed it, and the server has
    forty.
    """

    def __init__(self, at_once: int = HASHES_AT_ONCE, waiting: int = HASHES_WAITING) -> None:
        give_large_back()
        self._all = threading.BoundedSemaphore(at_once + waiting)
        self._pool = ThreadPoolExecutor(at_once, "argon2")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take one of the places."""
        if not self._all.acquire(blocking=False):
            raise AmrError("auth.busy")
        try:
            yield
        finally:
            self._all.release()

    def run(self, call: Callable[..., T], *args: object) -> T:
        """Return what a call returns, made when one of the threads is free; only within a turn."""
        return self._pool.submit(call, *args).result()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False)
