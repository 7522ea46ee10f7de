"""Servers are reached straight or through a proxy, as the settings or the environment say, and their certificates are verified."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from beds.authority import Authority
from beds.proxy import dribbling
from beds.web_proxies import Greeting, http, leading_proxy, socks

from osync.errors import ConfigurationError
from osync.network import Network
from osync.network.connecting import connect
from osync.network.proxies import proxy_to, read_proxy
from osync.network.tls import client_context


@pytest.fixture
def echo() -> Iterator[int]:
    """Give the port of a server that says hello to each client and what it hears."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(ConnectionError):
                client.sendall(b"hello ")
                client.sendall(client.recv(100))

    thread = threading.Thread(target=serve)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def talk(network: Network, host: str, port: int) -> bytes:
    with connect(network, host, port) as connection, connection.makefile("rb") as lines:
        connection.sendall(b"you\n")
        return lines.readline()


def test_a_server_is_reached_straight(echo: int) -> None:
    assert talk(Network(), "localhost", echo) == b"hello you\n"


def test_a_server_is_reached_through_http(echo: int) -> None:
    with leading_proxy(http()) as proxy:
        assert talk(Network(proxy=f"http://127.0.0.1:{proxy.port}"), "mail.bücher.example", echo) == b"hello you\n"
        assert proxy.asked[0].startswith(f"CONNECT mail.xn--bcher-kva.example:{echo} HTTP/1.1\r\n")
        assert "Authorization" not in proxy.asked[0]


def test_a_password_of_an_http_proxy_is_told_to_it_and_to_nobody_else(echo: int) -> None:
    with leading_proxy(http()) as proxy:
        network = Network(proxy=f"http://pat:p%40ss@127.0.0.1:{proxy.port}")
        assert talk(network, "mail.example.org", echo) == b"hello you\n"
        assert "Proxy-Authorization: Basic cGF0OnBAc3M=\r\n" in proxy.asked[0]


@pytest.mark.parametrize(("user", "password"), [("", ""), ("pat", "p@ss")])
def test_a_server_is_reached_through_socks_and_its_name_is_looked_up_there(echo: int, user: str, password: str) -> None:
    with leading_proxy(socks(user=user, password=password)) as proxy:
        signed = f"{user}:{password.replace('@', '%40')}@" if user else ""
        network = Network(proxy=f"socks5://{signed}127.0.0.1:{proxy.port}")
        assert talk(network, "nowhere.invalid", echo) == b"hello you\n"
        assert proxy.asked == [f"nowhere.invalid:{echo}"]


def trouble(greet: Greeting, scheme: str, port: int, signed: str = "") -> Exception:
    with leading_proxy(greet) as proxy, pytest.raises((OSError, ConfigurationError)) as raised:
        talk(Network(proxy=f"{scheme}://{signed}127.0.0.1:{proxy.port}"), "mail.example.org", port)
    return raised.value


def test_a_proxy_that_wants_a_password_is_what_the_user_has_to_mend(echo: int) -> None:
    wanting = socks(user="pat", password="p@ss")  # noqa: S106 the password of a test
    for error in (
        trouble(http("407 Proxy Authentication Required"), "http", echo, "pat:wrong@"),
        trouble(wanting, "socks5", echo),
        trouble(wanting, "socks5", echo, "pat:wrong@"),
    ):
        assert isinstance(error, ConfigurationError)
        assert "refuses OSync's user name and password" in str(error)
        assert "wrong" not in str(error)


def test_a_proxy_that_does_not_lead_there_is_told(echo: int) -> None:
    assert "refuses to lead there (403)" in str(trouble(http("403 Forbidden"), "http", echo))
    assert "does not lead there: the host refused" in str(trouble(socks(code=5), "socks5", echo))


def test_what_is_no_proxy_is_told(echo: int) -> None:
    for scheme in ("http", "socks5"):
        network = Network(proxy=f"{scheme}://127.0.0.1:{echo}", timeout=0.3)
        with pytest.raises(OSError, match=r"proxy|timed out"):
            talk(network, "mail.example.org", 993)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("endless", [b"\x05", b"H"])
def test_a_proxy_that_never_comes_to_an_end_is_given_up(scheme: str, endless: bytes) -> None:
    with (
        dribbling(b"\x05\x00\x05\x00\x00\x03\xff" if scheme == "socks5" else b"", endless) as port,
        pytest.raises(TimeoutError),
    ):
        connect(Network(proxy=f"{scheme}://127.0.0.1:{port}", timeout=0.2), "mail.example.org", 25)


def test_a_proxy_that_is_not_there_is_told() -> None:
    with leading_proxy(http()) as proxy:
        port = proxy.port
    with pytest.raises(ConnectionError, match=f"the proxy 127.0.0.1:{port} cannot be reached"):
        talk(Network(proxy=f"http://127.0.0.1:{port}"), "mail.example.org", 993)


@pytest.mark.parametrize(
    ("environment", "host", "expected"),
    [
        ({}, "mail.example.org", ""),
        ({"ALL_PROXY": "socks5://p:1080"}, "mail.example.org", "p:1080"),
        ({"all_proxy": "http://q"}, "mail.example.org", "q:80"),
        ({"HTTPS_PROXY": "http://q"}, "mail.example.org", ""),
        ({"ALL_PROXY": "socks5://p"}, "localhost", ""),
        ({"ALL_PROXY": "socks5://p"}, "127.0.0.1", ""),
        ({"ALL_PROXY": "socks5://p", "NO_PROXY": "other.org, .example.org"}, "mail.example.org", ""),
        ({"ALL_PROXY": "socks5://p", "NO_PROXY": "ample.org"}, "mail.example.org", "p:1080"),
        ({"ALL_PROXY": "socks5://p", "no_proxy": "*"}, "mail.example.org", ""),
    ],
    ids=["none", "socks", "http", "of-the-web", "here", "here-by-number", "excepted", "not-quite", "all-excepted"],
)
def test_the_environment_names_a_proxy(environment: dict[str, str], host: str, expected: str) -> None:
    proxy = proxy_to(Network(), host, environment)
    assert (proxy.place if proxy else "") == expected


def test_the_settings_go_before_the_environment() -> None:
    environment = {"ALL_PROXY": "socks5://p"}
    assert proxy_to(Network(proxy="none"), "mail.example.org", environment) is None
    proxy = proxy_to(Network(proxy="http://mine:3128"), "mail.example.org", environment)
    assert proxy
    assert proxy.place == "mine:3128"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_no_proxy_leads_to_this_computer_since_what_is_said_there_is_not_encrypted(host: str) -> None:
    assert proxy_to(Network(proxy="http://mine:3128"), host, {}) is None


def test_the_password_of_a_proxy_is_in_no_text_of_ours() -> None:
    network = Network(proxy="http://pat:s3cret@mine:3128")
    assert "s3cret" not in repr(network) + repr(proxy_to(network, "mail.example.org", {}))


@pytest.mark.parametrize("url", ["", "proxy", "ftp://proxy", "http://", "http://p:x", "https//p"])
def test_a_proxy_that_cannot_be_used_is_refused_without_repeating_its_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="OSync cannot use the proxy of a test"):
        read_proxy(url, "proxy of a test")


def test_only_certificates_that_are_trusted_and_fit_are_taken(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue("server", "localhost")
    context.load_cert_chain(issued.certificate, issued.key)
    for network, name, fault in (
        (Network(ca_file=str(authority.ca_file)), "localhost", ""),
        (Network(ca_file=str(authority.ca_file)), "mail.example.org", "Hostname mismatch"),
        (Network(), "localhost", "unable to get local issuer certificate|self-signed"),
    ):
        here, there = socket.socketpair()
        with here, there:
            thread = threading.Thread(target=_greet, args=(context, there))
            thread.start()
            if fault:
                with pytest.raises(ssl.SSLCertVerificationError, match=fault):
                    client_context(network).wrap_socket(here, server_hostname=name)
            else:
                client_context(network).wrap_socket(here, server_hostname=name).close()
            thread.join()


def _greet(context: ssl.SSLContext, connection: socket.socket) -> None:
    try:
        context.wrap_socket(connection, server_side=True).close()
    except OSError:
        connection.close()


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_of_certificates_that_is_none_is_what_the_user_has_to_mend(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        client_context(Network(ca_file=str(file)))
