"""Names of IMAP folders as they travel: modified UTF-7 in quotes (RFC 3501, 5.1.3); pure."""

import base64


def quoted_folder(name: str) -> str:
    """Write a folder's name for a command. ValueError if it holds a control character."""
    if not name.isprintable() or not name:
        raise ValueError("a folder's name has to be one line")
    return in_quotes(encoded(name))


def in_quotes(text: str) -> str:
    """Write a text of one line in ASCII for a command (RFC 3501, 4.3)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def encoded(name: str) -> str:
    """Write a name in modified UTF-7."""
    written, strange = [], ""
    for character in name + "\0":
        if " " <= character <= "~":
            written.append(_shifted(strange))
            written.append("&-" if character == "&" else character)
            strange = ""
        elif character == "\0":
            written.append(_shifted(strange))
        else:
            strange += character
    return "".join(written)


def _shifted(text: str) -> str:
    if not text:
        return ""
    return "&" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
