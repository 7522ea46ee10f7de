"""Addresses: equal ones are equal, and none leads where the password must not go."""

import pytest

from osync.errors import ConfigurationError
from osync.webdav.addresses import read_address, resolved
from osync.webdav.quirks.icloud import is_same_service


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://dav.example.org/caf%c3%a9/", "https://DAV.example.org:443/café/"),
        ("https://dav.example.org/pat%40example.org/", "https://dav.example.org/pat@example.org/"),
        ("https://dav.example.org/a%2Fb/", "https://dav.example.org/a%2fb/"),
        ("https://dav.example.org", "https://dav.example.org/"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert read_address(one) == read_address(other)


def test_a_slash_that_is_part_of_a_name_does_not_divide_it() -> None:
    assert read_address("https://dav.example.org/a%2Fb/") != read_address("https://dav.example.org/a/b/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "dav.example.org",
        "ftp://dav.example.org/",
        "https://",
        "https://pat:secret@dav.example.org/",
        "https://dav.example.org:port/",
        "https://dav.example.org/\r\nHost: evil/",
        "https://[::1/",
        "http://dav.example.org/",
        "http://localhost.example.org/",
    ],
)
def test_what_is_no_address_or_would_give_the_password_away_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_address(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost:5232/", "http://127.0.0.1/", "http://[::1]:80/"])
def test_this_computer_needs_no_encryption(url: str) -> None:
    assert not read_address(url).origin.is_secure


def test_who_insists_goes_without_encryption() -> None:
    assert not read_address("http://dav.example.org/", plain_text=True).origin.is_secure


def test_what_a_server_names_is_seen_from_where_it_was_named() -> None:
    here = read_address("https://dav.example.org/cal/work/")
    assert str(resolved(here, "a.ics")) == "https://dav.example.org/cal/work/a.ics"
    assert str(resolved(here, "/x/../cal/a b.ics")) == "https://dav.example.org/cal/a%20b.ics"
    assert str(resolved(here, "//evil.example/x")) == "https://evil.example/x"
    for href in ("http://[", "javascript:x", "https://a@b/", "/a\nb"):
        found = resolved(here, href)
        assert found is None or found.origin == here.origin


def test_only_icloud_spreads_an_account_over_servers() -> None:
    named = read_address("https://caldav.icloud.com/").origin
    assert is_same_service(named, read_address("https://p42-caldav.icloud.com/").origin)
    for other in ("https://icloud.com.evil.example/", "https://evilicloud.com/"):
        assert not is_same_service(named, read_address(other).origin)
        assert not is_same_service(read_address(other).origin, named)
