"""What DNS says, asked at a name server on this computer; and what the autoconfiguration of a domain is asked."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.resolver
import dns.rrset
import pytest

from osync.network import Network
from osync.setup.lookups import NetworkLookups, ask_dns
from osync.setup.servers import ServiceRecord

ZONE = {
    ("_imaps._tcp.example.test.", "SRV"): ["0 1 993 imap.example.test.", "10 1 1993 other.example.test."],
    ("_imap._tcp.example.test.", "SRV"): ["0 0 0 ."],
    ("_caldavs._tcp.example.test.", "SRV"): ["0 1 443 dav.example.test."],
    ("_caldavs._tcp.example.test.", "TXT"): ['"path=/dav/"'],
    ("example.test.", "MX"): ["20 second.example.test.", "10 First.example.test."],
}


def answered(query: bytes) -> bytes:
    asked = dns.message.from_wire(query)
    question = asked.question[0]
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    kind = dns.rdatatype.to_text(question.rdtype)
    if records := ZONE.get((question.name.to_text().lower(), kind)):
        answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, records))
    else:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()


@contextlib.contextmanager
def name_server() -> Iterator[dns.resolver.Resolver]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.getsockname()[1]

        def serve() -> None:
            while (asked := server.recvfrom(4_096))[0] != b"end":
                server.sendto(answered(asked[0]), asked[1])

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield resolver
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"end", server.getsockname())
            serving.join()


@pytest.fixture
def lookups() -> Iterator[NetworkLookups]:
    with name_server() as resolver:
        # Nobody listens at this proxy: no test asks for a page of somebody else.
        network = Network(proxy="http://127.0.0.1:1", timeout=2)
        yield NetworkLookups(network, lambda name, kind: ask_dns(name, kind, resolver))


def test_the_records_of_a_domain_are_read(lookups: NetworkLookups) -> None:
    said = lookups.records("example.test")
    assert set(said.services["_imaps._tcp"]) == {
        ServiceRecord(0, 1, 993, "imap.example.test."),
        ServiceRecord(10, 1, 1993, "other.example.test."),
    }
    assert said.services["_imap._tcp"] == (ServiceRecord(0, 0, 0, "."),)
    assert said.services["_submission._tcp"] == ()
    assert said.mail_hosts == ("first.example.test", "second.example.test")
    assert (said.caldav_path, said.automatic) == ("/dav/", "")


def test_a_domain_that_says_nothing_is_no_error(lookups: NetworkLookups) -> None:
    said = lookups.records("other.test")
    assert not any(said.services.values())
    assert (said.mail_hosts, said.caldav_path, said.automatic) == ((), "", "")


@pytest.mark.parametrize("domain", ["", "a" * 64 + ".test", "a..b", "x" * 300])
def test_a_domain_that_cannot_be_is_no_error(lookups: NetworkLookups, domain: str) -> None:
    assert not any(lookups.records(domain).services.values())


def test_records_of_nonsense_are_passed_over() -> None:
    network = Network(proxy="http://127.0.0.1:1", timeout=2)
    said = NetworkLookups(network, lambda name, kind: ["", "x", "1 2 3", "a b c d", '"path="', "7"]).records("x.test")
    assert not any(said.services.values())
    assert said.caldav_path == ""
