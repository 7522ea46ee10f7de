"""How OSync reaches servers: the proxy, the certificates it trusts, and how long it waits."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Network:
    """`proxy` is a URL like http://host:3128 or socks5://host:1080, "" for that of the environment, "none" for none at all.

    There may be a password in it. `ca_file` holds certificates (PEM) that are trusted besides those of the system, "" for
    none. `timeout` is in seconds, for each answer of a server.
    """

    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    timeout: float = 60.0
