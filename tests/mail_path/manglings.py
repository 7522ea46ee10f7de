"""What happens to a mail of OSync on its way, each as a function from mail to mail named after who does it."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from mail_path import mails, outlook_files
from mail_path.mails import (
    Opened,
    Piece,
    as_mail,
    base64_part,
    html_part,
    multipart,
    opened,
    part,
    text_part,
)

Mangling = Callable[[bytes], bytes]

_FOOTER = "\r\n_______________________________________________\r\nTeam mailing list -- team@lists.example\r\nTo unsubscribe: https://lists.example/?x=y+z\r\n"
_LIST_HEADER = (
    ("List-Id", "Team <team.lists.example>"),
    ("List-Unsubscribe", "<mailto:team-leave@lists.example>"),
    ("Precedence", "list"),
)
_BANNER = "CAUTION: This mail comes from outside. Do not open files: ask IT first.\r\n\r\n"


# --- Exchange and Outlook ---------------------------------------------------------------------------------------------


def exchange_recodes_in_base64(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, base64_part("text/plain; charset=utf-8", taken.text.encode()))


def exchange_recodes_in_quoted_printable(mail: bytes) -> bytes:
    taken = opened(mail)
    parts = [text_part(taken.text, "iso-8859-1")]
    if taken.file:
        parts.append(part("text/plain", mails.in_quoted_printable(taken.file.content), "quoted-printable"))
    return mails.mail(taken.header, multipart("mixed", parts))


def exchange_drops_headers_and_changes_the_boundary(mail: bytes) -> bytes:
    taken = opened(mail).without("x-", "references", "auto-submitted")
    return as_mail(taken, part("text/plain; charset=us-ascii", taken.text.encode()))


def exchange_adds_html(mail: bytes) -> bytes:
    taken = opened(mail)
    both = [text_part(taken.text), html_part(f"<html><body><pre>{html.escape(taken.text)}</pre></body></html>")]
    return as_mail(taken, multipart("alternative", both, "_001_Inner_"))


def exchange_keeps_only_html(mail: bytes) -> bytes:
    taken = opened(mail)
    body = (
        html.escape(taken.text)
        .replace("\r\n", "\n")
        .replace("\n", "<br>\r\n")
        .replace(" ", "&nbsp;")
        .replace("+", "&#43;")
    )
    return as_mail(
        taken, html_part(f"<html><head><style>p > a {{ color: red }}</style></head><body>{body}</body></html>")
    )


def exchange_keeps_only_html_unencoded(mail: bytes) -> bytes:
    taken = opened(mail)
    body = (
        html.escape(taken.text)
        .replace("\r\n", "\n")
        .replace("\n", "<BR>\r\n")
        .replace("=", "&#x3D;")
        .replace("/", "&#47;")
    )
    return as_mail(taken, part("text/html; charset=us-ascii", f"<html><body>{body}</body></html>".encode()))


def exchange_changes_the_charset(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, base64_part("text/plain; charset=utf-16", taken.text.encode("utf-16")))


def outlook_packs_winmail_dat(mail: bytes) -> bytes:
    taken = opened(mail)
    packed = outlook_files.winmail(taken.text, _files(taken))
    return _with_winmail(taken, packed)


def outlook_packs_rich_text(mail: bytes) -> bytes:
    taken = opened(mail)
    packed = outlook_files.winmail("", _files(taken), outlook_files.rich_text(taken.text))
    return _with_winmail(taken, packed)


def outlook_attaches_a_msg(mail: bytes) -> bytes:
    taken = opened(mail)
    saved = outlook_files.msg(taken.text, _files(taken))
    body = [text_part("See there.\r\n"), base64_part('application/vnd.ms-outlook; name="OSync.msg"', saved)]
    return mails.mail(_header("Fwd: calendar"), multipart("mixed", body))


def outlook_corrects_dashes(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, text_part(taken.text.replace("-----", "\u2014\u2013")))


def outlook_corrects_dashes_in_html(mail: bytes) -> bytes:
    taken = opened(mail)
    body = html.escape(taken.text).replace("-----", "&mdash;&#8211;").replace("\r\n", "<br>\r\n")
    return as_mail(taken, html_part(f"<html><body>{body}</body></html>"))


def word_marks_the_spelling(mail: bytes) -> bytes:
    taken = opened(mail)
    lines = [f"<p class=MsoNormal>{html.escape(line)}<o:p></o:p></p>" for line in taken.text.splitlines()]
    body = (
        "\r\n".join(lines)
        .replace("OSYNC", "<span class=SpellE>OSYNC</span>")
        .replace("=", "&equals;")
        .replace("+", "&plus;")
    )
    return as_mail(
        taken, html_part(f"<html xmlns:o='urn:office'><body><div class=WordSection1>{body}</div></body></html>")
    )


def outlook_renames_the_file(mail: bytes) -> bytes:
    taken = opened(mail)
    return _with_file(taken, lambda file: replace(file, name="ATT00001.txt", kind="text/plain"))


def _files(taken: Opened) -> dict[str, bytes]:
    return {taken.file.name: taken.file.content} if taken.file else {}


def _with_winmail(taken: Opened, packed: bytes) -> bytes:
    body = [text_part("See the attached file.\r\n"), base64_part('application/ms-tnef; name="winmail.dat"', packed)]
    return mails.mail(taken.header, multipart("mixed", body))


def _with_file(taken: Opened, change: Callable[[Piece], Piece]) -> bytes:
    file = change(taken.file) if taken.file else None
    return as_mail(replace(taken, file=file), text_part(taken.text))


def _header(subject: str) -> mails.Fields:
    return (("From", "Kim <kim@example.org>"), ("To", "tester@example.org"), ("Subject", subject))


# --- Mailing lists ----------------------------------------------------------------------------------------------------


def mailman_adds_a_footer(mail: bytes) -> bytes:
    """As its handler `decorate` does: into the text of a mail of one part, else as one more part."""
    taken = _for_a_list(opened(mail))
    if taken.file is None:
        return as_mail(taken, part("text/plain; charset=utf-8", (taken.text + _FOOTER).encode()))
    return as_mail(
        taken,
        text_part(taken.text),
        part("text/plain; charset=utf-8", _FOOTER.encode(), "7bit", "Content-Disposition: inline"),
    )


def mailman_munges_from(mail: bytes) -> bytes:
    taken = _for_a_list(opened(mail)).without("from")
    header = (*taken.header, ("From", "Pat via Team <team@lists.example>"), ("Reply-To", "pat@example.org"))
    return mailman_adds_a_footer(as_mail(replace(taken, header=header), text_part(taken.text)))


def mailman_wraps(mail: bytes) -> bytes:
    body = multipart("mixed", [part("message/rfc822", mail, "7bit", "Content-Disposition: inline"), text_part(_FOOTER)])
    return mails.mail((*_header("[Team] calendar"), *_LIST_HEADER), body)


def mailman_keeps_only_plain_text(mail: bytes) -> bytes:
    """As its content filter does with `pass_types` text/plain and with parts of file names stripped."""
    taken = _for_a_list(opened(mail))
    text = taken.file if taken.file and taken.file.kind == "text/plain" else None
    return as_mail(replace(taken, file=text), text_part(taken.text))


def mailman_strips_files(mail: bytes) -> bytes:
    taken = _for_a_list(opened(mail))
    return as_mail(replace(taken, file=None), text_part(taken.text))


def mailman_makes_a_digest(mail: bytes) -> bytes:
    note = b"Subject: Lunch\r\nFrom: kim@example.org\r\n\r\nWho comes?\r\n"
    digest = multipart(
        "digest", [b"\r\n" + note, b"Content-Type: message/rfc822\r\n\r\n" + mail, b"\r\n" + note], "==digest=="
    )
    body = multipart("mixed", [text_part("Today's topics\r\n"), digest, text_part(_FOOTER)], "==outer==")
    return mails.mail((*_header("Team Digest, Vol 1, Issue 2"), *_LIST_HEADER), body)


def mailman_makes_a_plain_digest(mail: bytes) -> bytes:
    """As RFC 1153 wants it: text alone, with a note where a file was."""
    taken = opened(mail)
    note = (
        f"-------------- next part --------------\r\nA file was scrubbed.\r\nName: {taken.file.name}\r\n"
        if taken.file
        else ""
    )
    text = f"Today's topics\r\n\r\n{'-' * 70}\r\n\r\nDate: Wed\r\nFrom: Pat\r\nSubject: x\r\n\r\n{taken.text}\r\n{note}{'-' * 30}\r\n\r\nEnd of Team Digest\r\n***\r\n"
    return mails.mail((*_header("Team Digest"), *_LIST_HEADER), text_part(text))


def gmail_groups_adds_a_footer(mail: bytes) -> bytes:
    taken = _for_a_list(opened(mail))
    footer = multipart(
        "alternative", [text_part(_FOOTER), html_part("<p>-- <br />You get this from a group.</p>")], "000foot"
    )
    return as_mail(taken, text_part(taken.text), footer)


def _for_a_list(taken: Opened) -> Opened:
    header = tuple((name, f"[Team] {value}" if name == "Subject" else value) for name, value in taken.header)
    return replace(taken, header=(*header, *_LIST_HEADER))


# --- Gateways and servers ---------------------------------------------------------------------------------------------


def gateway_warns_in_the_text(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, text_part(_BANNER + taken.text))


def gateway_warns_in_html(mail: bytes) -> bytes:
    taken = opened(mail)
    text = html.escape(taken.text).replace("\r\n", "<br>\r\n")
    page = f'<table style="background:#ff0"><tr><td><b>CAUTION:</b> this mail is from outside</td></tr></table><div>{text}</div>'
    both = multipart("alternative", [text_part(_BANNER + "See the page."), html_part(page)], "000alt")
    return as_mail(taken, both)


def gateway_changes_the_type(mail: bytes) -> bytes:
    return _with_file(opened(mail), lambda file: replace(file, kind="image/jpeg"))


def gateway_strips_the_file_name(mail: bytes) -> bytes:
    taken = opened(mail)
    files = [base64_part("application/octet-stream", taken.file.content)] if taken.file else []
    return mails.mail(taken.header, multipart("mixed", [text_part(taken.text), *files]))


def gateway_loses_the_encoding(mail: bytes) -> bytes:
    return re.sub(rb"Content-Transfer-Encoding: [^\r]*\r\n", b"", exchange_recodes_in_base64(mail))


def gateway_encodes_base64_twice(mail: bytes) -> bytes:
    taken = opened(mail)
    text = base64_part("text/plain", mails.in_base64(taken.text.encode()))
    return as_mail(replace(taken, file=_once_more(taken.file)), text)


def gateway_encodes_quoted_printable_twice(mail: bytes) -> bytes:
    taken = opened(mail)
    twice = [mails.in_quoted_printable(mails.in_quoted_printable(content)) for content in _contents(taken)]
    parts = [part("text/plain", content, "quoted-printable") for content in twice]
    return mails.mail(taken.header, multipart("mixed", parts))


def gateway_encodes_base64_in_quoted_printable(mail: bytes) -> bytes:
    taken = opened(mail)
    both = [mails.in_quoted_printable(mails.in_base64(content)) for content in _contents(taken)]
    return mails.mail(
        taken.header, multipart("mixed", [part("text/plain", content, "quoted-printable") for content in both])
    )


def gateway_joins_base64_lines(mail: bytes) -> bytes:
    return _in_base64_lines_of(0, mail)


def gateway_rewraps_base64(mail: bytes) -> bytes:
    return _in_base64_lines_of(61, mail)


def filter_replaces_the_file(mail: bytes) -> bytes:
    taken = opened(mail)
    text = text_part(taken.text)
    if taken.file is None:
        return as_mail(taken, text)
    return as_mail(
        replace(taken, file=None), text, text_part(f"The file {taken.file.name} was removed: type not allowed.\r\n")
    )


def portal_keeps_the_mail(mail: bytes) -> bytes:
    return mails.mail(_header("You have a secure message"), text_part("Read it at https://portal.example/x\r\n"))


def server_signs(mail: bytes) -> bytes:
    seals = b"".join(
        name
        + b": i=1; a=rsa-sha256; d=example.org; s=x;\r\n\th=from:subject;\r\n bh="
        + b"QUJD" * 15
        + b"=;\r\n\tb="
        + b"QUJD" * 40
        + b"\r\n"
        for name in (b"DKIM-Signature", b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results")
    )
    return (
        b"Return-Path: <pat@example.org>\r\nReceived: from a by b;\r\n\tMon, 23 Nov 2026 08:00:00 +0000\r\n"
        + seals
        + mail
    )


def smime_signs(mail: bytes) -> bytes:
    """Sign as RFC 8551 wants it: the mail's body and a signature beside it."""
    return _smime(mail, detached=True)


def smime_signs_around_the_mail(mail: bytes) -> bytes:
    """Sign as Outlook does if it is told not to send clear text: one binary file with everything in it."""
    return _smime(mail, detached=False)


def server_returns_the_mail(mail: bytes) -> bytes:
    return _report(part("message/rfc822", mail))


def server_returns_the_headers(mail: bytes) -> bytes:
    return _report(part("text/rfc822-headers", mail.partition(b"\r\n\r\n")[0] + b"\r\n"))


def _report(returned: bytes) -> bytes:
    fields = (
        "Reporting-MTA: dns; mx",
        "",
        "Final-Recipient: rfc822; x@example.org",
        "Action: failed",
        "Status: 5.1.1",
        "",
    )
    parts = [text_part("No such user.\r\n"), part("message/delivery-status", "\r\n".join(fields).encode()), returned]
    subject = "Undelivered Mail Returned to Sender"
    return mails.mail(_header(subject), multipart("report; report-type=delivery-status", parts))


def _contents(taken: Opened) -> list[bytes]:
    return [taken.text.encode(), *([taken.file.content] if taken.file else [])]


def _once_more(file: Piece | None) -> Piece | None:
    return replace(file, content=mails.in_base64(file.content)) if file else None


def _in_base64_lines_of(width: int, mail: bytes) -> bytes:
    taken = opened(mail)
    parts = [part("application/x", mails.in_base64(content, width), "base64") for content in _contents(taken)]
    return mails.mail(taken.header, multipart("mixed", parts))


def _smime(mail: bytes, *, detached: bool) -> bytes:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs7

    taken = opened(mail)
    key, certificate = _certificate()
    body = as_mail(replace(taken, header=()), text_part(taken.text)).removeprefix(b"MIME-Version: 1.0\r\n")
    signer = pkcs7.PKCS7SignatureBuilder().set_data(body).add_signer(certificate, key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary, *([pkcs7.PKCS7Options.DetachedSignature] if detached else [])]
    signed = signer.sign(serialization.Encoding.DER, options)
    if detached:
        seal = base64_part('application/pkcs7-signature; name="smime.p7s"', signed)
        return mails.mail(
            taken.header, multipart('signed; protocol="application/pkcs7-signature"; micalg=sha-256', [body, seal])
        )
    return mails.mail(
        taken.header, base64_part('application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"', signed)
    )


@cache
def _certificate():  # type: ignore[no-untyped-def]  # of a library that is loaded late
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Pat")])
    builder = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    )
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2036, 1, 1, tzinfo=UTC)
    )
    return key, builder.sign(key, hashes.SHA256())


# --- People and their programs ----------------------------------------------------------------------------------------


def person_forwards_it_as_a_file(mail: bytes) -> bytes:
    return mails.mail(
        _header("Fwd: calendar"), multipart("mixed", [text_part("Look.\r\n"), part("message/rfc822", mail)])
    )


def person_forwards_it_inline(mail: bytes) -> bytes:
    taken = opened(mail)
    text = f"Look.\r\n\r\n-------- Forwarded Message --------\r\nSubject: x\r\nFrom: Pat <pat@example.org>\r\n\r\n{taken.text}"
    return as_mail(replace(taken, header=_header("Fwd: calendar")), text_part(text))


def person_forwards_the_text_in_a_reply(mail: bytes) -> bytes:
    """Paste what is in the file, as people do who cannot forward a file."""
    taken = opened(mail)
    inside = "".join(content.decode() for content in _contents(taken))
    text = (
        f"Fw: see below\r\n\r\nFrom: Pat\r\nSent: Monday\r\nTo: me\r\nSubject: [OSync] Calendar update\r\n\r\n{inside}"
    )
    return mails.mail(_header("Fw: calendar"), text_part(text))


def person_quotes_it(mail: bytes) -> bytes:
    taken = opened(mail)
    inside = "".join(content.decode() for content in _contents(taken))
    quoted = "".join(f"> {line}\r\n" for line in inside.splitlines())
    return mails.mail(_header("Re: calendar"), text_part(f"On Monday Pat wrote:\r\n{quoted}\r\nWhat is this?\r\n"))


def person_replies_without_the_file(mail: bytes) -> bytes:
    quoted = "".join(f"> {line}\r\n" for line in opened(mail).text.splitlines())
    return mails.mail(_header("Re: [OSync] Calendar update"), text_part(f"{quoted}\r\nWhat is this?\r\n"))


def browser_copies_hard_blanks(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, text_part(taken.text.replace(" ", "\u00a0")))


def browser_copies_breakable_lines(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, text_part(re.sub(r"(\S{20})", "\\1\u200b", taken.text)))


def editor_saves_utf16(mail: bytes) -> bytes:
    return mail.decode("latin-1").encode("utf-16")


def editor_saves_a_recoded_mail_in_utf16(mail: bytes) -> bytes:
    return exchange_recodes_in_base64(mail).decode("latin-1").encode("utf-16")


def editor_adds_a_byte_order_mark(mail: bytes) -> bytes:
    return b"\xef\xbb\xbf" + exchange_recodes_in_base64(mail)


def editor_strips_trailing_blanks(mail: bytes) -> bytes:
    return re.sub(rb"[ \t]+(?=\r\n)", b"", mail)


def editor_adds_trailing_blanks(mail: bytes) -> bytes:
    head, gap, body = mail.partition(b"\r\n\r\n")
    return head + gap + body.replace(b"\r\n", b"  \r\n")


def editor_folds_lines(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(replace(taken, file=_folded(taken.file)), text_part(_fold(taken.text)))


def webmail_joins_lines(mail: bytes) -> bytes:
    taken = opened(mail)
    return as_mail(taken, text_part(taken.text.replace("\r\n", " ").replace("\n", " ") + " PS: see you\r\n"))


def alpine_flows_the_text(mail: bytes) -> bytes:
    taken = opened(mail)
    lines = [f" {line}" if line.startswith((" ", ">", "From ")) else line for line in taken.text.splitlines()]
    flowed = " \r\n".join(f"{line[:40]} \r\n{line[40:]}" for line in lines)
    return as_mail(
        taken, part("text/plain; charset=us-ascii; format=flowed; delsp=yes", flowed.encode("ascii", "replace"))
    )


def unix_keeps_lf(mail: bytes) -> bytes:
    return mail.replace(b"\r\n", b"\n")


def old_mac_keeps_cr(mail: bytes) -> bytes:
    return mail.replace(b"\r\n", b"\r")


def windows_doubles_cr(mail: bytes) -> bytes:
    return mail.replace(b"\r\n", b"\r\r\n")


def mbox_escapes_from(mail: bytes) -> bytes:
    return b"From pat@example.org Mon Nov 23 08:00:00 2026\r\n" + re.sub(rb"(?m)^(>*From )", rb">\1", mail)


def smtp_leaves_dots(mail: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", mail.replace(b"nothing to read", b"\r\n.nothing to read"))


def disk_adds_null_bytes(mail: bytes) -> bytes:
    return exchange_recodes_in_base64(mail).replace(b"\r\n", b"\r\n\0") + bytes(512)


def way_cuts_it_in_half(mail: bytes) -> bytes:
    return mail[: len(mail) // 2]


def way_cuts_the_last_line(mail: bytes) -> bytes:
    return mail[: mail.rindex(b"-----END OSYNC") + 12]


def way_changes_a_letter(mail: bytes) -> bytes:
    place = mail.index(b"BEGIN OSYNC") + 300
    return mail[:place] + (b"A" if mail[place : place + 1] != b"A" else b"B") + mail[place + 1 :]


def way_loses_a_line(mail: bytes) -> bytes:
    lines = mail.split(b"\r\n")
    first = next(number for number, line in enumerate(lines) if b"BEGIN OSYNC" in line)
    return b"\r\n".join(lines[: first + 4] + lines[first + 5 :])


def _fold(text: str, width: int = 50) -> str:
    lines = [line[start : start + width] for line in text.splitlines() for start in range(0, max(len(line), 1), width)]
    return "\r\n ".join(lines)


def _folded(file: Piece | None) -> Piece | None:
    return replace(file, content=_fold(file.content.decode()).encode()) if file else None


MANGLINGS: dict[str, Mangling] = {
    name.replace("_", " "): function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__module__", "") == __name__ and not name.startswith("_")
}
"""Every mangling of this module by its name."""
