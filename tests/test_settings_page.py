"""docs/settings.md names every setting that OSync knows, for the kinds that know it, and no other."""

import contextlib
import re
from pathlib import Path

import pytest

from osync.assembly import Surroundings, clock, open_calendar, open_mailbox
from osync.config import PlaceSettings, Settings, read_settings
from osync.errors import ConfigurationError, UserMustActError
from osync.home import Home
from osync.mailboxes.outlook import open_outlook_mailbox
from osync.network import Network
from osync.notebook import LooseNotebook, Notebook
from osync.options import Options

_PAGE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text("utf-8").partition("\n| key |")[2]
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|", re.MULTILINE)
_WHOLE = """
[user]
name = "pat"
address = "pat@example.org"
key_store = "file"
[calendars.default]
kind = "vdir"
location = "calendar"
[mailbox]
kind = "folder"
location = "post"
[limits]
[network]
[run]
"""


def documented(section: str) -> dict[str, set[str]]:
    """Give the settings of a section that the page names, each with the kinds that it is said to be for."""
    prefixes = {"calendars": ("calendars.NAME.", "…."), "mailbox": ("mailbox.", "….")}.get(section, (f"{section}.",))
    return {
        key.removeprefix(prefix): set(re.findall(r"`(vdir|caldav|folder|internet|outlook)`", what))
        for key, what in _ROW.findall(_PAGE)
        for prefix in prefixes
        if key.startswith(prefix)
    }


def allowed(error: ConfigurationError) -> set[str]:
    found = re.search(r"Allowed here: ([\w, ]+)\.", error.advice)
    return set(found[1].split(", ")) if found else set()


@pytest.mark.parametrize("section", ["user", "limits", "network", "run"])
def test_the_settings_of_a_section_are_those_of_the_page(section: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(_WHOLE.replace(f"[{section}]", f"[{section}]\nnonsense = 1"), "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_settings(path)
    assert allowed(refused.value) == set(documented(section))


def notebook(_: str) -> Notebook:
    return LooseNotebook()


def options_of_calendar(kind: str, home: Home) -> set[str]:
    place = PlaceSettings(kind, "https://dav.example.org/pat/", {"user": "pat", "nonsense": 1})
    with pytest.raises(ConfigurationError) as refused:
        open_calendar("default", place, Surroundings(home, Network(), notebook))
    return allowed(refused.value)


def options_of_mailbox(kind: str, home: Home) -> set[str]:
    if kind == "outlook":  # it can be opened on Windows only
        options = Options("mailbox", {"nonsense": 1})
        with contextlib.suppress(UserMustActError):
            open_outlook_mailbox("default", "pat@example.org", options, LooseNotebook(), clock)
        with pytest.raises(ConfigurationError) as refused:
            options.finish()
        return allowed(refused.value)
    values = {"nonsense": 1} | ({"user": "pat", "smtp": "smtps://mail.example.org"} if kind == "internet" else {})
    settings = Settings(
        "pat", "pat@example.org", "", "file", {}, PlaceSettings(kind, "imaps://mail.example.org", values)
    )
    with pytest.raises(ConfigurationError) as refused:
        open_mailbox(settings, Surroundings(home, Network(), notebook))
    return allowed(refused.value)


def by_option(known: dict[str, set[str]]) -> dict[str, set[str]]:
    return {option: {kind for kind in known if option in known[kind]} for option in set().union(*known.values())}


@pytest.mark.parametrize(
    ("section", "kinds"),
    [("calendars", ("vdir", "caldav", "outlook")), ("mailbox", ("folder", "internet", "outlook"))],
)
def test_the_options_of_each_kind_are_those_of_the_page(section: str, kinds: tuple[str, ...], tmp_path: Path) -> None:
    options_of = options_of_calendar if section == "calendars" else options_of_mailbox
    home = Home(tmp_path)
    known = by_option({kind: options_of(kind, home) for kind in kinds})
    page = documented(section)
    assert {"kind", "location"} <= set(page)
    told = {name: page[name] & set(kinds) for name in page if name not in ("kind", "location")}
    assert told == known
