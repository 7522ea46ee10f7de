"""URLs of servers and of what lies there, compared as RFC 3986 section 6.2.2 says: however a server writes them."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from osync.errors import ConfigurationError
from osync.network.proxies import is_loopback

PLAIN_TEXT_CONSENT = "I accept that everybody on the way can read my password"
_PORTS = {"http": 80, "https": 443}
_ALREADY_NORMAL = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
_SAFE = "!$&'()*+,;=:@"
_UNHARMED = "Nothing was sent or changed."


@dataclass(frozen=True, slots=True)
class Origin:
    """A server: `scheme` http or https, its host in small letters, its port."""

    scheme: str
    host: str
    port: int

    @property
    def is_secure(self) -> bool:
        """Tell whether the way there is encrypted."""
        return self.scheme == "https"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True, slots=True)
class Address:
    """A place on a server; `path` is absolute and percent-encoded in one way."""

    origin: Origin
    path: str

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"


def read_address(url: str, *, plain_text: bool = False) -> Address:
    """Read a URL that a user wrote. ConfigurationError.

    Without TLS only this computer itself is allowed, or what the user insisted on (`plain_text`).
    """
    address = _address(url)
    if address is None:
        raise ConfigurationError(
            "The address of the calendar is none that OSync can use.",
            unharmed=_UNHARMED,
            advice="Write it like https://dav.example.org/calendars/pat/work/, without a user name in it.",
        )
    if not (address.origin.is_secure or plain_text or is_loopback(address.origin.host)):
        raise ConfigurationError(
            f"{address.origin} would be reached without encryption.",
            unharmed=_UNHARMED,
            advice=f'Write https:// in its address. If there really is none, add plain_text = "{PLAIN_TEXT_CONSENT}".',
        )
    return address


def resolved(base: Address, href: str) -> Address | None:
    """Give the address that a server means by `href`, seen from `base`; None for what is no address."""
    try:
        return _address(urljoin(str(base), href.strip()))
    except ValueError:
        return None


def as_collection(address: Address) -> Address:
    """Give the address with the slash that ends the address of every collection."""
    return address if address.path.endswith("/") else Address(address.origin, address.path + "/")


def normal_path(path: str) -> str:
    """Write the percent-encoding of a path in one way, so that equal paths are equal texts."""
    if _ALREADY_NORMAL.fullmatch(path):
        return path
    return "/".join(quote(unquote_to_bytes(segment), safe=_SAFE) for segment in path.split("/"))


def _address(url: str) -> Address | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or not url.strip().isprintable():
        return None
    segments = parts.path.split("/")
    if "." in segments or ".." in segments:
        return None
    return Address(Origin(parts.scheme, host.lower(), port or _PORTS[parts.scheme]), normal_path(parts.path or "/"))
