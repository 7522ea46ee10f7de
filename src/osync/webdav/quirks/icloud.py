"""iCloud keeps each account on a server of its own (p42-caldav.icloud.com), and names it only in calendar-home-set.

RFC 4791 lets a home be anywhere; OSync sends a password to no other server than the one that its user named, but for this.
"""

from osync.webdav.addresses import Origin

_DOMAIN = ".icloud.com"


def is_same_service(named: Origin, other: Origin) -> bool:
    """Tell whether two servers are both iCloud's, over TLS."""
    return named.is_secure and other.is_secure and named.host.endswith(_DOMAIN) and other.host.endswith(_DOMAIN)
