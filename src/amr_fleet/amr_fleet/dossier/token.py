"""A key that never leaves its token (PKCS#11: USB token, smart card, HSM) signs a PDF as a key in a file does.

Which key is said by a URI of RFC 7512: pkcs11:token=LABEL;object=LABEL;id=%01?module-path=/usr/lib/x.so. The PIN never
stands in it. A token is asked for a PIN once a session and never again by itself: after a few wrong ones it locks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from amr_core.errors import AmrError

if TYPE_CHECKING:
    from pyhanko.sign.pkcs11 import PKCS11Signer

SCHEME: Final = "pkcs11:"
OTHERS: Final = "its certificate is not that of the key"
_LARGEST: Final = 2000  # characters of a URI
_PATH: Final = ("token", "serial", "object", "id", "type")
_QUERY: Final = ("module-path",)
_SECRET: Final = ("pin-value", "pin-source")


@dataclass(frozen=True)
class TokenKey:
    """Which private key, in which token, reached by which program of its maker (module, a path); "" = the only one."""

    uri: str
    module: Path
    token: str = ""
    serial: str = ""
    label: str = ""
    id: bytes = b""


def token_key(uri: str) -> TokenKey:
    """Return what a URI names; raise evidence.bad_key: it is none, or holds what must not or cannot be there."""
    path, _, query = uri[len(SCHEME) :].partition("?")
    if not uri.startswith(SCHEME) or len(uri) > _LARGEST:
        raise bad_key(uri[:80], f"a key in a token is named as {SCHEME}token=LABEL?module-path=FILE")
    found = {**_attributes(uri, path, ";", _PATH), **_attributes(uri, query, "&", _QUERY)}
    if found.get("type", b"private") != b"private":
        raise bad_key(uri, "its type is not private")
    try:
        text = {name: value.decode() for name, value in found.items() if name != "id"}
    except UnicodeDecodeError as error:
        raise bad_key(uri, "it is not UTF-8") from error
    module = Path(text.get("module-path", ""))
    if not module.is_absolute() or not module.is_file():
        raise bad_key(
            uri, "module-path must be the absolute path of the PKCS#11 library that the token's maker supplies"
        )
    return TokenKey(
        uri, module, text.get("token", ""), text.get("serial", ""), text.get("object", ""), found.get("id", b"")
    )


def _attributes(uri: str, text: str, separator: str, known: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name in _SECRET:
            raise bad_key(
                _without_secret(uri),
                f"{name} must not be there: command lines are seen by others; use --passphrase-file",
            )
        if not equals or name not in known or name in found:
            raise bad_key(_without_secret(uri), f"{name[:40]!r} is unknown, has no value or stands there twice")
        if re.search(r"%(?![0-9A-Fa-f]{2})", value) or "\x00" in unquote_to_bytes(value).decode(errors="replace"):
            raise bad_key(_without_secret(uri), f"the value of {name} is not percent-encoded")
        found[name] = unquote_to_bytes(value)
    return found


def _without_secret(uri: str) -> str:
    return re.sub(r"(pin-value|pin-source)=[^;&?]*", r"\1=...", uri)


@contextmanager
def opened(key: TokenKey, pin: str, now: float) -> Iterator[PKCS11Signer]:
    """Yield what signs by that key, logged in; the session ends with it.

    now: Unix s; of several certificates of the key the one that is valid then is taken. Raises evidence.bad_key: no
    such token, key or certificate, or more than one; a PIN that it refuses; a token that was pulled out meanwhile.
    """
    pkcs11 = _pkcs11()
    if not pin:
        raise bad_key(key.uri, "the PIN is empty")
    try:
        with _token(pkcs11, key).open(user_pin=pin) as session:
            yield _signer(pkcs11, key, session, now)
    except pkcs11.PKCS11Error as error:
        raise bad_key(key.uri, _said(error)) from error


def _said(error: Exception) -> str:
    """Return what an error of a token means for who holds it."""
    name = type(error).__name__
    told = {
        "PinIncorrect": "it refuses the PIN; after a few wrong ones it locks",
        "PinLenRange": "it refuses the PIN: too short or too long",
        "PinLocked": "its PIN is locked after too many wrong ones: the token's issuer unlocks it",
        "PinExpired": "its PIN has to be changed first, with the program of the token's maker",
        "UserPinNotInitialized": "it has no PIN yet",
        "UserAlreadyLoggedIn": "somebody is logged in to it already",
        "DeviceRemoved": "it was pulled out",
        "TokenNotPresent": "it was pulled out",
    }
    return told.get(name, f"it says {name}")


def _token(pkcs11: Any, key: TokenKey) -> Any:
    try:
        slots = pkcs11.lib(str(key.module)).get_slots(token_present=True)
    except (pkcs11.PKCS11Error, RuntimeError, OSError, ValueError) as error:
        raise bad_key(
            key.uri, f"{key.module} does not work as a PKCS#11 library: {error or type(error).__name__}"
        ) from error
    found = []
    for slot in slots:
        try:
            found.append(slot.get_token())
        except pkcs11.PKCS11Error:
            continue  # pulled out just now, or not made by anybody yet
    fitting = [
        token for token in found
        if key.token in ("", token.label) and key.serial.encode() in (b"", token.serial)
        and pkcs11.TokenFlag.TOKEN_INITIALIZED in token.flags
    ]  # fmt: skip
    return _only(key, fitting, "token", "token=LABEL or serial=NUMBER")


def _only(key: TokenKey, found: list[Any], what: str, how: str) -> Any:
    if len(found) != 1:
        raise bad_key(
            key.uri, f"there are {len(found)} {what}s of that name: say which by {how}" if found else f"no such {what}"
        )
    return found[0]


def _signer(pkcs11: Any, key: TokenKey, session: Any, now: float) -> PKCS11Signer:
    from pyhanko.sign.pkcs11 import PKCS11Signer

    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.SIGN: True}
    if key.label:
        wanted[pkcs11.Attribute.LABEL] = key.label
    if key.id:
        wanted[pkcs11.Attribute.ID] = key.id
    private = _only(key, list(session.get_objects(wanted)), "private key", "object=LABEL or id=%NN")
    kinds = {
        pkcs11.KeyType.RSA: ("rsa", pkcs11.Mechanism.SHA256_RSA_PKCS),
        pkcs11.KeyType.EC: ("ec", pkcs11.Mechanism.ECDSA_SHA256),
    }
    if private.key_type not in kinds:
        raise bad_key(key.uri, "its key is neither RSA nor on an elliptic curve")
    kind, hashing = kinds[private.key_type]
    certificate, others = _certificates(pkcs11, key, session, private.id, now)
    if certificate.public_key.algorithm != kind:
        raise bad_key(key.uri, OTHERS)
    return PKCS11Signer(
        session, signing_cert=certificate, ca_chain=others, key_id=private.id, key_label=private.label or None,
        use_raw_mechanism=hashing not in session.token.slot.get_mechanisms(),
    )  # fmt: skip


def _certificates(pkcs11: Any, key: TokenKey, session: Any, identity: bytes, now: float) -> tuple[Any, list[Any]]:
    """Return the key's certificate and all others in the token: those of its issuers."""
    from asn1crypto import x509  # type: ignore[import-untyped]

    own: list[Any] = []
    others: list[Any] = []
    for one in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}):
        certificate = x509.Certificate.load(one[pkcs11.Attribute.VALUE])
        (own if one[pkcs11.Attribute.ID] == identity else others).append(certificate)
    if not own:
        raise bad_key(key.uri, "it has no certificate with the id of the key")
    valid = [x for x in own if x.not_valid_before.timestamp() <= now <= x.not_valid_after.timestamp()]
    return max(valid or own, key=lambda x: float(x.not_valid_after.timestamp())), others


def _pkcs11() -> Any:
    try:
        import pkcs11
    except ImportError as error:
        reason = "keys in tokens need python-pkcs11, of the extra `sign`: make setup-sign, or pip install python-pkcs11"
        raise AmrError("evidence.bad_key", reason=reason) from error
    return pkcs11


def bad_key(where: Path | str, reason: str) -> AmrError:
    """Return the error about a key: where it lies, and what is wrong with it."""
    return AmrError("evidence.bad_key", reason=f"{where}: {reason}")
