"""Foreign text made safe to store and to show: one Unicode form, no control or direction characters (protocol 6.4, 11)."""

import re
import unicodedata

_BLANKS = re.compile(r"[\t\v\f\u00a0]")
_LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_TRAILING = re.compile(r"[^\S\n]+(?=\n)")
# Marks that turn the direction of text around or hide it (Trojan Source, CVE-2021-42574), and tags that show nothing.
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff\U000e0000-\U000e007f]")
_CONTROLS = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_WEB_ADDRESS = re.compile(r"""https?://[^\s<>"\\]+""", re.IGNORECASE)


def clean_text(text: str) -> str:
    """Bring text to the one form that travels: NFC, line feeds only, no controls, no blanks at line ends.

    The result is its own clean form.
    """
    if text.isascii() and text.isprintable():
        return text.rstrip()
    text = _BLANKS.sub(" ", _LINE_ENDS.sub("\n", text))
    text = _CONTROLS.sub("", _HIDDEN.sub("", text))
    return _TRAILING.sub("", unicodedata.normalize("NFC", text)).rstrip()


def clean_line(text: str) -> str:
    """Bring text to its clean form in one line."""
    return " ".join(clean_text(text).split())


def cut_text(text: str, limit: int) -> str:
    """Cut clean text to at most `limit` characters, with an ellipsis to show it."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def is_web_address(text: str) -> bool:
    """Tell whether text is one http or https address that could be opened, and nothing else."""
    return _WEB_ADDRESS.fullmatch(text) is not None and clean_text(text) == text
