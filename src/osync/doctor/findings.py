"""What the doctor says: one sentence for each check, and what to do."""

import enum
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """How a check ended: as it should, with something to know, or with something to do."""

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check of a `subject`, like "calendar default". `advice` is a sentence, or "" if there is nothing to do."""

    subject: str
    verdict: Verdict
    sentence: str
    advice: str = ""


def good(subject: str, sentence: str) -> Finding:
    """Say that something works."""
    return Finding(subject, Verdict.GOOD, sentence)


def notice(subject: str, sentence: str, advice: str = "") -> Finding:
    """Say what the user should know."""
    return Finding(subject, Verdict.NOTICE, sentence, advice)


def bad(subject: str, sentence: str, advice: str = "") -> Finding:
    """Say what does not work."""
    return Finding(subject, Verdict.BAD, sentence, advice)


def joined(words: list[str]) -> str:
    """Give words as a list that is read aloud: a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
