"""What a mail system means when it refuses a mail: the codes of RFC 3463 and SMTP, and words where the codes say nothing."""

import enum
import re
from dataclasses import dataclass

from osync.ical.texts import clean_line, cut_text


class Weight(enum.StrEnum):
    """What a refusal means for the next mail: never again, perhaps later, smaller ones, or not from us."""

    HARD = "hard"
    SOFT = "soft"
    TOO_LARGE = "too large"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail did not arrive. `status` is a code of RFC 3463 or "", `words` what the mail system said, for people."""

    weight: Weight
    status: str
    words: str


_WORDS = 200
_LOOKED_AT = 8_000
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-,:])")
_LINK = re.compile(r"\b[a-z]{3,8}://\S{1,500}", re.IGNORECASE)
_TYPE = re.compile(r"\s{0,5}[A-Za-z0-9-]{1,20}\s{0,5};\s{0,5}")
_TOO_LARGE_STATUSES = {(2, 3), (3, 4)}
# Mailbox disabled; no answer or route to the host; Exchange Online: address or domain unknown to it.
_HARD_STATUSES = {(2, 1), (4, 1), (4, 4), (4, 310), (4, 312)}
_UNKNOWN = re.compile(
    r"user unknown|unknown (?:user|recipient|address|local)|no such (?:user|recipient|mailbox|address|person)"
    r"|(?:does not|doesn't) exist|not (?:be )?found|unrouteable address|not recognized|no mailbox|invalid (?:recipient|mailbox)"
    r"|mailbox unavailable|account (?:has been |is )?(?:disabled|closed)|(?:host|domain) (?:not found|unknown)",
    re.IGNORECASE,
)
_FULL = re.compile(r"quota|mailbox (?:is )?full|over (?:its )?limit|storage", re.IGNORECASE)
_SIZE = re.compile(
    r"(?:message|mail|content|size)[^.\n]{0,40}(?:too (?:large|big)|exceed)|too (?:large|big)|size limit", re.IGNORECASE
)
_UNWANTED = re.compile(
    r"\bspam\b|blocked|blacklist|blocklist|policy|denied|not allowed|reputation|unsolicited|\bspf\b|\bdkim\b|\bdmarc\b",
    re.IGNORECASE,
)
_LATER = re.compile(r"delayed|will (?:be retried|keep trying|retry)|temporar|deferred|warning", re.IGNORECASE)
_FOR_GOOD = re.compile(
    r"permanent|given up|giving up|could not be delivered|did not reach|undeliver|not delivered|failed|returned",
    re.IGNORECASE,
)


def failure_of_report(status: str, diagnostic: str) -> Failure:
    """Judge the fields Status and Diagnostic-Code of a delivery report (RFC 3464, 2.3.4 and 2.3.6)."""
    said = _TYPE.sub("", diagnostic[:_LOOKED_AT], count=1) if _TYPE.match(diagnostic) else diagnostic[:_LOOKED_AT]
    told = _STATUS.search(status[:100])
    code = told[0] if told and not _is_vague(told) else ""
    if not code:
        said_code = _STATUS.search(said)
        code = said_code[0] if said_code and not _is_vague(said_code) else ""
    weight = _weight_of_code(code) if code else _weight_of_words(told[1] if told else "", said)
    return Failure(weight, code or (told[0] if told else ""), _shown(said))


def failure_in_words(text: str) -> Failure | None:
    """Judge what a report says to people; None if it does not say that a mail did not arrive."""
    looked_at = text[:_LOOKED_AT]
    reply = _REPLY.search(looked_at)
    found = _STATUS.search(looked_at)
    if not (reply or found or any(pattern.search(looked_at) for pattern in (_FOR_GOOD, _UNKNOWN, _LATER))):
        return None
    line = next((line for line in looked_at.splitlines() if _REPLY.search(line) or _STATUS.search(line)), "")
    line = line or next((line for line in looked_at.splitlines() if _UNKNOWN.search(line)), "")
    if found and not _is_vague(found):
        return Failure(_weight_of_code(found[0]), found[0], _shown(line))
    if not reply and _LATER.search(looked_at) and "permanent" not in looked_at.lower():
        return Failure(Weight.SOFT, "", _shown(line))
    return Failure(_weight_of_words("", looked_at), "", _shown(line))


def _is_vague(status: re.Match[str]) -> bool:
    """Tell whether a code leaves open what is wrong: "other or undefined", but for those about addresses and policy."""
    return status[1] != "4" and status[3] == "0" and status[2] not in ("1", "7")


def _weight_of_code(code: str) -> Weight:
    digit, subject, detail = (int(number) for number in code.split("."))
    if digit != 5 or (subject, detail) == (2, 2):
        return Weight.SOFT
    if (subject, detail) in _TOO_LARGE_STATUSES:
        return Weight.TOO_LARGE
    if subject == 7:
        return Weight.POLICY
    return Weight.HARD if subject == 1 or (subject, detail) in _HARD_STATUSES else Weight.SOFT


def _weight_of_words(digit: str, said: str) -> Weight:
    """Judge a refusal without a telling code: by what is said, then by the reply of SMTP (RFC 5321, 4.2)."""
    reply = _REPLY.search(said)
    if digit == "4" or (reply and reply[1].startswith("4")):
        return Weight.SOFT
    if _FULL.search(said):
        return Weight.SOFT
    if _SIZE.search(said):
        return Weight.TOO_LARGE
    if _UNKNOWN.search(said):
        return Weight.HARD
    if _UNWANTED.search(said):
        return Weight.POLICY
    return Weight.HARD if reply and reply[1] in ("550", "551", "553") else Weight.SOFT


def _shown(said: str) -> str:
    return cut_text(clean_line(_LINK.sub("[link]", said)), _WORDS)
