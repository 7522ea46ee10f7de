"""Mail addresses as they stand in an envelope (RFC 5321, 4.1.2; RFC 6531); pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Za-z.:]+\]")


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it was `given`, and as it travels; only with SMTPUTF8 if it `needs_utf8`."""

    given: str
    wire: str
    needs_utf8: bool


def read_address(given: str) -> Address | None:
    """Read an address, its domain in ASCII; None if it cannot stand in an envelope."""
    local, _, domain = given.strip().rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return None
    if not (_LOCAL_PART.fullmatch(local) and local.isprintable() and _DOMAIN.fullmatch(domain)):
        return None
    return Address(given, f"{local}@{domain}", not local.isascii())


def once_each(given: Iterable[str]) -> list[str]:
    """Give addresses without those that differ from an earlier one only in capitals and blanks around them."""
    once: dict[str, str] = {}
    for address in given:
        once.setdefault(address.strip().casefold(), address)
    return list(once.values())
