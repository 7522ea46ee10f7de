"""Join links, dial-in numbers and passcodes of online meetings cut out of texts (protocol 8.1).

Whoever has them can walk in, so they never leave unless the owner asks for it. It works on clean text, in linear time, and
rather cuts a line too many than a passcode too few.
"""

import re
from urllib.parse import unquote

from osync.ical.texts import clean_text

ONLINE = "Online"
_LONGEST = 100_000

_HINT = re.compile(
    r"://|@|\+\d|zoom|meet|teams|webex|goto|jit|bbb|bigblue|greenlight|skype|lync|call|vc\b|code|pin\b|pass|kenn|schlüssel|"
    r"id\b|nummer|number|key\b|dial|einwahl|konferenz|conference|sip\b|tel:",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"""[^\s<>"()\[\]|]+""")

_HOSTS = (
    r"teams\.microsoft\.(?:com|us)|teams\.live\.com|teams\.cloud\.microsoft|lync\.com|join\.skype\.com|"
    r"zoom\.us|zoom\.com|zoom\.com\.cn|zoomgov\.com|zoom-x\.de|zoomcrc\.com|"
    r"webex\.com(?:\.cn)?|meet\.google\.com|hangouts\.google\.com|tel\.meet|"
    r"gotomeeting\.com|gotomeet\.(?:me|com)|gotowebinar\.com|goto\.com|"
    r"jit\.si|8x8\.vc|senfcall\.de|whereby\.com|bluejeans\.com|chime\.aws|vc\.ringcentral\.com|v\.ringcentral\.com|"
    r"alfaview\.com|visavid\.de|fairmeeting\.net|kmeet\.infomaniak\.com"
)
# Jitsi and BigBlueButton stand on anybody's own host: known by a label of its name or by the path of a room.
_OWN_HOSTS = r"(?:meet|jitsi[\w-]*|[\w-]*bbb[\w-]*|[\w-]*bigbluebutton[\w-]*|greenlight|webconf|videokonferenz)\.(?:[\w-]+\.)*[a-z]{2,}"
_LEADS_TO_MEETING = re.compile(
    rf"(?:^|[/=:?&.]|://[^/]{{0,80}}@|\d{{6,}}[\w.-]{{0,40}}@)(?:{_HOSTS}|{_OWN_HOSTS})(?:[:/?#&]|$)|"
    r"aka\.ms/joint|aka\.ms/mmrt|g\.co/meet|/bigbluebutton/|/b/\w{3}-\w{3}-\w{3}|/rooms/\w{3}-\w{3}-\w{3}|/meetup-join/|"
    r"^(?:zoommtg|zoomus|msteams|ms-teams|webex|gotomeeting|jitsi-meet|sips?|h323|callto|lync\d*):|^tel:.*,",
    re.IGNORECASE,
)

_GIVEN_WITH = (
    r"(?:meeting|webinar|event|conference|konferenz|besprechungs?|sitzungs?|veranstaltungs?|phone conference|"
    r"telefonkonferenz|audio|phone|telefon|numeric|numerische[rs]?|dial-?in|einwahl|teilnehmer|participant|host|moderator(?:en)?|"
    r"attendee|access|zugangs?|zugriffs?|sicherheits?|security|personal|video)"
)
_SECRET = re.compile(
    r"\b(?:"
    rf"{_GIVEN_WITH}[ -]?(?:id|pin|code|key|kennung|kennnummer|kennwort|passwort|password|passcode|number|nummer|schlüssel)|"
    r"(?:id|pin|passcode|pass code|password|passwort|kennwort|kenncode|passwd|pwd|kennnummer|access code)|"
    r"(?:dial[- ]?in|einwahl\w*|call[- ]?in)"
    r")\b[^\S\n]*(?:\([^)\n]{0,40}\))?[^\S\n]*(?:[:=#]|\b(?:is|ist|lautet)\b|[+\d])",
    re.IGNORECASE,
)
_SECRET_ALONE = re.compile(r"[:=#]\s*$")
_PHONE = re.compile(r"(?:\+|\b00)[1-9][\d ()/.-]{6,}|,,\s*\d{4,}|\b\d{6,}#")

_SEPARATOR = re.compile(
    r"[ ]*(?:_{10,}|[─━—]{5,}|(?=[^\n]*~:~)[-:~]{10,}|(?:\*~){5,}\*?|\.{20,}|-{20,}|={20,}|-- do not (?:delete|change)\b.*)[ ]*",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"[\W_]*(?:"
    r"(?:click here to |please )?join\b.{0,70}|(?:microsoft )?teams(?:[ -]meeting|-besprechung)?\W*(?:need help.*|hilfe.*)?|"
    r"microsoft teams\b.{0,40}|need help.*|meeting options.*|find (?:a|your) local number.*|reset (?:dial-?in )?pin.*|"
    r"or call in.*|or dial.*|one tap mobile.*|dial by your location.*|learn more.*|more ways to join.*|for organi[sz]ers.*|"
    r".{0,80}is inviting you to a scheduled zoom meeting.*|download (?:teams|zoom).*|this event has a video call.*|"
    r"view more joining info.*|more phone numbers.*|please do not edit this section.*|global call-in numbers.*|"
    r"toll-free calling.*|you can also dial in.*|get the app now.*|tap to join.*|to dial from.*|need a local number.*|"
    r"new to gotomeeting.*|video (?:call )?link\W*|meeting link\W*|use your microphone.*|link\W*|zoom(?:[ -]meeting)?\W*|"
    r"(?:klicken sie hier, um )?an der besprechung teil(?:zu)?nehmen.*|(?:jetzt )?an (?:der|dem) .{0,30}teilnehmen.*|"
    r"hilfe(?: erforderlich| benötigt)?\?.*|besprechungsoptionen.*|lokale nummer suchen.*|pin zurücksetzen.*|"
    r"oder (?:rufen sie|wählen sie|telefonisch).*|weitere infos.*|auf dem computer.*|treten sie .{0,50}bei.*|"
    r"nehmen sie .{0,60}teil.*|für organisator.*|mit .{0,40}teilnehmen.*|schnelleinwahl.*|einwahl nach.*|"
    r".{0,80}lädt sie zu einem geplanten zoom-meeting ein.*|ortseinwahl.*|zoom-meeting beitreten.*|(?:dem )?meeting beitreten.*|"
    r"laden sie .{0,40}herunter.*|im web beitreten.*|telefonisch .{0,40}|meeting-link\W*"
    r")",
    re.IGNORECASE,
)
_LOOSE_ENDS = " ,;|-\u2013"
_EMPTY_BRACKETS = re.compile(r"[ ]?(?:<[ ]*>|\([ ]*\)|\[[ ]*\])")
_BLANK_LINES = re.compile(r"\n{3,}")


def leads_to_meeting(address: str) -> bool:
    """Tell whether an address joins an online meeting, also wrapped in another one (Outlook's safe links)."""
    lowered = address.strip(".,;!'*").lower()
    if "%" in lowered:
        lowered = unquote(unquote(lowered))
    return _LEADS_TO_MEETING.search(lowered) is not None


def scrubbed_line(text: str) -> str:
    """Give a title or place with each join link replaced by "Online", and what follows a meeting's id or code cut."""
    if not _HINT.search(text):
        return text
    lines = []
    for line in text.split("\n"):
        secret = _SECRET.search(line)
        kept = line[: secret.start()] if secret else line
        shown = _TOKEN.sub(lambda match: ONLINE if leads_to_meeting(match[0]) else match[0], kept)
        if shown != line:
            shown = _EMPTY_BRACKETS.sub("", shown).strip(_LOOSE_ENDS + ":([") or ONLINE
        lines.append(shown)
    return clean_text("\n".join(dict.fromkeys(lines)))


def scrubbed_notes(text: str) -> str:
    """Give notes without join links, the invitation blocks around them, and lines with ids, codes and dial-in numbers."""
    text = text[:_LONGEST]
    if not _HINT.search(text):
        return text
    kept = _without_blocks(text.split("\n"))
    if len(kept) == text.count("\n") + 1 and not any(_gives_access(line) for line in kept):
        return text
    return clean_text(_BLANK_LINES.sub("\n\n", "\n".join(_without_secrets(kept)))).lstrip("\n")


def _gives_access(line: str) -> bool:
    return _SECRET.search(line) is not None or any(leads_to_meeting(token) for token in _TOKEN.findall(line))


def _without_blocks(lines: list[str]) -> list[str]:
    """Leave out what stands between two separator lines of a mail program if it joins a meeting."""
    kept: list[str] = []
    opened: int | None = None
    joins = False
    for line in lines:
        kept.append(line)
        if _SEPARATOR.fullmatch(line):
            if opened is not None and joins:
                del kept[opened:]
                opened = None
            else:
                opened = len(kept) - 1
            joins = False
        elif opened is not None and not joins:
            joins = _gives_access(line)
    return kept


def _without_secrets(lines: list[str]) -> list[str]:
    """Leave out the lines of a meeting's invitation that stand outside of a block."""
    kept: list[str] = []
    value_follows = False
    for line in lines:
        secret = _SECRET.search(line)
        if secret or (value_follows and line.strip()):
            value_follows = secret is not None and _SECRET_ALONE.search(line) is not None
            continue
        shown = _TOKEN.sub(lambda match: "" if leads_to_meeting(match[0]) else match[0], line)
        if shown != line:
            shown = _EMPTY_BRACKETS.sub("", shown).strip(_LOOSE_ENDS)
            if not shown.strip(" :.") or _BOILERPLATE.fullmatch(shown):
                continue
        elif _PHONE.search(line) or (line.strip() and _BOILERPLATE.fullmatch(line)):
            continue
        kept.append(shown)
    return kept
