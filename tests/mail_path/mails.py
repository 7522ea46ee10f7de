"""A mail taken apart and put together again, as the programs on its way do it; written without OSync's own reader."""

import base64
import email
import email.policy
import quopri
from dataclasses import dataclass, replace
from email.message import EmailMessage

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a mail that holds no others: its header fields in lines, and its content, decoded."""

    kind: str
    content: bytes
    name: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail of OSync: its header without what tells its structure, its text, and its file if it has one."""

    header: Fields
    text: str
    file: Piece | None

    def without(self, *names: str) -> "Opened":
        """Give it without the header fields whose names begin like one of these."""
        kept = tuple((name, value) for name, value in self.header if not name.lower().startswith(names))
        return replace(self, header=kept)


def opened(mail: bytes) -> Opened:
    """Take a mail of OSync apart."""
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    raw = email.message_from_bytes(mail, policy=email.policy.compat32)
    structure = ("content-", "mime-version")
    header = tuple((name, value) for name, value in raw.items() if not name.lower().startswith(structure))
    leaves = [part for part in parsed.walk() if not part.is_multipart()]
    text = leaves[0].get_content() if leaves else ""
    files = [
        Piece(part.get_content_type(), bytes(part.get_payload(decode=True)), part.get_filename() or "", "attachment")
        for part in leaves[1:]
    ]
    return Opened(header, str(text), files[0] if files else None)


def in_base64(content: bytes, width: int = 76) -> bytes:
    """Encode in lines of `width` letters; 0 makes one line of all."""
    whole = base64.b64encode(content)
    width = width or len(whole)
    return b"\r\n".join(whole[start : start + width] for start in range(0, len(whole), width)) + b"\r\n"


def in_quoted_printable(content: bytes) -> bytes:
    """Encode as Exchange does, which also encodes what would not need it."""
    lines = quopri.encodestring(content.replace(b"\r\n", b"\n"), quotetabs=True).split(b"\n")
    return b"\r\n".join(lines)


def part(kind: str, content: bytes, encoding: str = "7bit", *fields: str) -> bytes:
    """Write a part; `content` has to be encoded already."""
    lines = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *fields, "", ""]
    return "\r\n".join(lines).encode() + content


def base64_part(kind: str, content: bytes, *fields: str) -> bytes:
    """Write a part in base64."""
    return part(kind, in_base64(content), "base64", *fields)


def file_part(file: Piece | None) -> list[bytes]:
    """Write the file of a mail as most programs do; nothing if it has none."""
    if file is None:
        return []
    return [
        base64_part(
            f'{file.kind}; name="{file.name}"', file.content, f'Content-Disposition: attachment; filename="{file.name}"'
        )
    ]


def multipart(kind: str, parts: list[bytes], boundary: str = "_000_Rewritten_") -> bytes:
    """Write parts as one part."""
    mark = f"\r\n--{boundary}".encode()
    opening = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\nThis mail has parts.'.encode()
    return opening + b"".join(mark + b"\r\n" + each for each in parts) + mark + b"--\r\n"


def mail(header: Fields, body: bytes) -> bytes:
    """Write a mail around a body that begins with its own header fields."""
    lines = [f"{name}: {value}\r\n" for name, value in header]
    return "".join([*lines, "MIME-Version: 1.0\r\n"]).encode() + body


def as_mail(taken: Opened, text: bytes, *more: bytes) -> bytes:
    """Write a mail from a whole text part and the file of `taken`: mixed, if there is more than the text."""
    parts = [text, *file_part(taken.file), *more]
    return mail(taken.header, parts[0] if len(parts) == 1 else multipart("mixed", parts))


def text_part(text: str, charset: str = "utf-8") -> bytes:
    """Write a text in quoted-printable."""
    return part(f"text/plain; charset={charset}", in_quoted_printable(text.encode(charset)), "quoted-printable")


def html_part(page: str) -> bytes:
    """Write a page in quoted-printable."""
    return part("text/html; charset=utf-8", in_quoted_printable(page.encode()), "quoted-printable")
