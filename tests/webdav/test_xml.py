"""XML of servers: what is no whole answer is none, and nothing in it is carried out."""

import pytest

from osync.webdav.xml import DAV, conditions_of, query_uid, read_multistatus

GOOD = b"""<?xml version="1.0" encoding="UTF-8"?><!-- a -- b -->
<d:multistatus xmlns:d="DAV:"><d:response><d:href> /a%20b/ </d:href><d:propstat><d:prop><d:getetag>"x"</d:getetag></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:displayname/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status>
</d:propstat></d:response><d:response><d:href>/gone</d:href><d:status>HTTP/1.1 404 Gone</d:status></d:response>
<d:sync-token>t 1</d:sync-token></d:multistatus>""".replace(b"<!-- a -- b -->", b"<!-- a - b -->")


def test_a_list_is_read_with_what_each_place_has() -> None:
    found = read_multistatus(GOOD)
    assert found
    assert found.token == "t 1"
    first, second = found.places
    assert (first.href, first.status, first.text(DAV + "getetag")) == ("/a%20b/", 200, '"x"')
    assert DAV + "displayname" not in first.properties
    assert (second.href, second.status) == ("/gone", 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        GOOD[:-3],
        GOOD.replace(b"<d:multi", b"<!DOCTYPE x><d:multi"),
        GOOD.replace(b"<d:multi", b"<!-- x --><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><d:multi"),
        GOOD.replace(b"UTF-8", b"cp037"),
        GOOD.decode().encode("utf-16"),
        b"\x00" * 100,
        b"<" * 100_000,
        b"<a>" * 50_000,
        b"<!--" * 50_000,
        b"<?" * 50_000,
    ],
    ids=range(12),
)
def test_what_is_no_whole_list_is_none(body: bytes) -> None:
    assert read_multistatus(body) is None


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_multistatus(b"\xef\xbb\xbf" + GOOD)


def test_an_error_names_its_conditions() -> None:
    assert DAV + "valid-sync-token" in conditions_of(b'<error xmlns="DAV:"><valid-sync-token/></error>')
    assert not conditions_of(b"<!DOCTYPE html><html>")
    assert not conditions_of(b"Forbidden")


def test_words_of_events_cannot_break_out_of_a_question() -> None:
    assert b"<evil/>" not in query_uid("</C:text-match><evil/>&amp;")
