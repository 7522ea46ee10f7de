"""Which IANA zone a name means: IANA names, Windows names, and what programs show or write instead of them."""

import functools
import pkgutil
import re
from collections.abc import Mapping

_OFFSET = re.compile(r"^\((?:UTC|GMT)[^)]*\)\s*", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_WRITTEN_TWICE = re.compile(r"^TZID\s*=\s*", re.IGNORECASE)

# What Outlook on the web and Exchange write: the words of Windows' own list, without the offset in front.
_DISPLAYED = {
    "international date line west": "Dateline Standard Time",
    "coordinated universal time-11": "UTC-11",
    "aleutian islands": "Aleutian Standard Time",
    "hawaii": "Hawaiian Standard Time",
    "marquesas islands": "Marquesas Standard Time",
    "alaska": "Alaskan Standard Time",
    "coordinated universal time-09": "UTC-09",
    "baja california": "Pacific Standard Time (Mexico)",
    "pacific time (us & canada)": "Pacific Standard Time",
    "pacific time (us & canada); tijuana": "Pacific Standard Time",
    "arizona": "US Mountain Standard Time",
    "chihuahua, la paz, mazatlan": "Mountain Standard Time (Mexico)",
    "la paz, mazatlan": "Mountain Standard Time (Mexico)",
    "mountain time (us & canada)": "Mountain Standard Time",
    "yukon": "Yukon Standard Time",
    "central america": "Central America Standard Time",
    "central time (us & canada)": "Central Standard Time",
    "easter island": "Easter Island Standard Time",
    "guadalajara, mexico city, monterrey": "Central Standard Time (Mexico)",
    "saskatchewan": "Canada Central Standard Time",
    "bogota, lima, quito, rio branco": "SA Pacific Standard Time",
    "chetumal": "Eastern Standard Time (Mexico)",
    "eastern time (us & canada)": "Eastern Standard Time",
    "haiti": "Haiti Standard Time",
    "havana": "Cuba Standard Time",
    "indiana (east)": "US Eastern Standard Time",
    "turks and caicos": "Turks And Caicos Standard Time",
    "asuncion": "Paraguay Standard Time",
    "atlantic time (canada)": "Atlantic Standard Time",
    "caracas": "Venezuela Standard Time",
    "cuiaba": "Central Brazilian Standard Time",
    "georgetown, la paz, manaus, san juan": "SA Western Standard Time",
    "santiago": "Pacific SA Standard Time",
    "newfoundland": "Newfoundland Standard Time",
    "araguaina": "Tocantins Standard Time",
    "brasilia": "E. South America Standard Time",
    "cayenne, fortaleza": "SA Eastern Standard Time",
    "city of buenos aires": "Argentina Standard Time",
    "buenos aires": "Argentina Standard Time",
    "greenland": "Greenland Standard Time",
    "montevideo": "Montevideo Standard Time",
    "punta arenas": "Magallanes Standard Time",
    "saint pierre and miquelon": "Saint Pierre Standard Time",
    "salvador": "Bahia Standard Time",
    "coordinated universal time-02": "UTC-02",
    "azores": "Azores Standard Time",
    "cabo verde is.": "Cape Verde Standard Time",
    "cape verde is.": "Cape Verde Standard Time",
    "coordinated universal time": "UTC",
    "dublin, edinburgh, lisbon, london": "GMT Standard Time",
    "greenwich mean time : dublin, edinburgh, lisbon, london": "GMT Standard Time",
    "greenwich mean time; dublin, edinburgh, london": "GMT Standard Time",
    "monrovia, reykjavik": "Greenwich Standard Time",
    "casablanca": "Morocco Standard Time",
    "amsterdam, berlin, bern, rome, stockholm, vienna": "W. Europe Standard Time",
    "belgrade, bratislava, budapest, ljubljana, prague": "Central Europe Standard Time",
    "brussels, copenhagen, madrid, paris": "Romance Standard Time",
    "sarajevo, skopje, warsaw, zagreb": "Central European Standard Time",
    "west central africa": "W. Central Africa Standard Time",
    "windhoek": "Namibia Standard Time",
    "amman": "Jordan Standard Time",
    "athens, bucharest": "GTB Standard Time",
    "athens, bucharest, istanbul": "GTB Standard Time",
    "beirut": "Middle East Standard Time",
    "cairo": "Egypt Standard Time",
    "chisinau": "E. Europe Standard Time",
    "damascus": "Syria Standard Time",
    "gaza, hebron": "West Bank Standard Time",
    "harare, pretoria": "South Africa Standard Time",
    "helsinki, kyiv, riga, sofia, tallinn, vilnius": "FLE Standard Time",
    "jerusalem": "Israel Standard Time",
    "kaliningrad": "Kaliningrad Standard Time",
    "khartoum": "Sudan Standard Time",
    "tripoli": "Libya Standard Time",
    "baghdad": "Arabic Standard Time",
    "istanbul": "Turkey Standard Time",
    "kuwait, riyadh": "Arab Standard Time",
    "minsk": "Belarus Standard Time",
    "moscow, st. petersburg": "Russian Standard Time",
    "moscow, st. petersburg, volgograd": "Russian Standard Time",
    "nairobi": "E. Africa Standard Time",
    "tehran": "Iran Standard Time",
    "abu dhabi, muscat": "Arabian Standard Time",
    "baku": "Azerbaijan Standard Time",
    "izhevsk, samara": "Russia Time Zone 3",
    "port louis": "Mauritius Standard Time",
    "tbilisi": "Georgian Standard Time",
    "yerevan": "Caucasus Standard Time",
    "kabul": "Afghanistan Standard Time",
    "ashgabat, tashkent": "West Asia Standard Time",
    "ekaterinburg": "Ekaterinburg Standard Time",
    "islamabad, karachi": "Pakistan Standard Time",
    "chennai, kolkata, mumbai, new delhi": "India Standard Time",
    "sri jayawardenepura": "Sri Lanka Standard Time",
    "kathmandu": "Nepal Standard Time",
    "astana": "Central Asia Standard Time",
    "dhaka": "Bangladesh Standard Time",
    "omsk": "Omsk Standard Time",
    "yangon (rangoon)": "Myanmar Standard Time",
    "bangkok, hanoi, jakarta": "SE Asia Standard Time",
    "krasnoyarsk": "North Asia Standard Time",
    "novosibirsk": "N. Central Asia Standard Time",
    "beijing, chongqing, hong kong, urumqi": "China Standard Time",
    "irkutsk": "North Asia East Standard Time",
    "kuala lumpur, singapore": "Singapore Standard Time",
    "perth": "W. Australia Standard Time",
    "taipei": "Taipei Standard Time",
    "ulaanbaatar": "Ulaanbaatar Standard Time",
    "osaka, sapporo, tokyo": "Tokyo Standard Time",
    "pyongyang": "North Korea Standard Time",
    "seoul": "Korea Standard Time",
    "yakutsk": "Yakutsk Standard Time",
    "adelaide": "Cen. Australia Standard Time",
    "darwin": "AUS Central Standard Time",
    "brisbane": "E. Australia Standard Time",
    "canberra, melbourne, sydney": "AUS Eastern Standard Time",
    "guam, port moresby": "West Pacific Standard Time",
    "hobart": "Tasmania Standard Time",
    "vladivostok": "Vladivostok Standard Time",
    "lord howe island": "Lord Howe Standard Time",
    "magadan": "Magadan Standard Time",
    "norfolk island": "Norfolk Standard Time",
    "solomon is., new caledonia": "Central Pacific Standard Time",
    "auckland, wellington": "New Zealand Standard Time",
    "coordinated universal time+12": "UTC+12",
    "fiji": "Fiji Standard Time",
    "chatham islands": "Chatham Islands Standard Time",
    "nuku'alofa": "Tonga Standard Time",
    "samoa": "Samoa Standard Time",
    "kiritimati island": "Line Islands Standard Time",
}


def is_iana_name(name: str) -> bool:
    """Tell whether this is the name of a zone in the time zone database, capitals and all."""
    return name in _iana_names()


@functools.lru_cache(maxsize=1)
def _iana_names() -> frozenset[str]:
    """Give the names of the `tzdata` package: what the system has differs from machine to machine ("posix/Europe/Berlin")."""
    return frozenset((pkgutil.get_data("tzdata", "zones") or b"").decode().split())


@functools.lru_cache(maxsize=1024)
def iana_name(tzid: str) -> str:
    """Give the IANA name that a TZID means, "" if it cannot be told. Blanks around it do not count."""
    name = _SPACES.sub(" ", tzid.strip().strip('"').strip())
    if is_iana_name(name):
        return name
    name = _WRITTEN_TWICE.sub("", name)
    return _respelt(name) or _windows(name) or _displayed(name)


def _respelt(name: str) -> str:
    """Find `Europe/Berlin` in `/mozilla.org/20050126_1/Europe/Berlin`, `Europe-Berlin`, `Europe_Berlin` and `europe/berlin`."""
    parts = name.replace(" ", "_").split("/")
    tails = ["/".join(parts[-count:]) for count in (3, 2) if len(parts) >= count]
    if len(parts) == 1:
        tails = [name.replace("-", "/", 1), name.replace("_", "/", 1)]
    return next((_iana_names_in_small()[each.lower()] for each in tails if each.lower() in _iana_names_in_small()), "")


@functools.lru_cache(maxsize=1)
def _iana_names_in_small() -> Mapping[str, str]:
    return {name.lower(): name for name in _iana_names() if "/" in name}


def _windows(name: str) -> str:
    # tzlocal costs more to import than most runs take, and most names are IANA names.
    from tzlocal.windows_tz import win_tz

    found = win_tz.get(name) or {known.casefold(): iana for known, iana in win_tz.items()}.get(name.casefold(), "")
    return found if is_iana_name(found) else ""


def _displayed(name: str) -> str:
    bare = _OFFSET.sub("", name).casefold()
    for each in (bare, bare.replace(" and ", " & ")):
        if each in _DISPLAYED:
            return _windows(_DISPLAYED[each])
    if "," not in bare and bare == name.casefold():
        return ""
    return next((found for city in bare.split(",") if (found := _cities().get(city.strip().replace(" ", "_"), ""))), "")


@functools.lru_cache(maxsize=1)
def _cities() -> Mapping[str, str]:
    names = sorted((name for name in _iana_names() if "/" in name and not name.startswith("Etc/")), reverse=True)
    return {name.rsplit("/", 1)[-1].casefold(): name for name in names}
