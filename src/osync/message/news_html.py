"""A page for readers without OSync as HTML that shows in any mail program.

Styles stand inline, nothing comes from elsewhere, every foreign character is escaped. The text colour is left to the mail program, so that light and dark themes both work.
"""

from collections.abc import Iterator
from html import escape

from osync.message.columns import FSI, PDI
from osync.message.news import Kind
from osync.message.news_page import Group, Line, Notice, Page, Section

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45"
_COLOURS = {Kind.NEW: "#2e9e5b", Kind.CHANGED: "#c47a00", Kind.CANCELLED: "#d9534f"}
_GREY = "#767676"
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">"""


def page_html(page: Page) -> str:
    """Write a page as a whole HTML document."""
    parts = [
        f"{_HEAD}\n<title>{_said(page.title)}</title>\n</head>",
        f'<body style="margin:0;padding:12px;{_FONT}">\n<div style="max-width:640px">',
        *(f'<p style="margin:0 0 12px">{_said(paragraph)}</p>' for paragraph in page.opening),
        *(_section(section) for section in page.sections),
        _advice(page),
        _closing(page),
        "</div>\n</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _section(section: Section) -> str:
    heading = (
        f'<h2 style="margin:24px 0 8px;font-size:17px;color:{_COLOURS[section.kind]}">{_said(section.heading)}</h2>'
    )
    groups = "\n".join(_group(group) for group in section.groups)
    more = f'<p style="margin:8px 0">{_said(section.more)}</p>' if section.more else ""
    return "\n".join(part for part in (heading, groups, more) if part)


def _group(group: Group) -> str:
    heading = f'<h3 style="margin:16px 0 6px;font-size:14px;color:{_GREY}">{_said(group.heading)}</h3>\n'
    # In a long list the events stand closer together.
    gap = "5px" if group.heading else "12px"
    return (heading if group.heading else "") + "\n".join(_notice(notice, gap) for notice in group.notices)


def _notice(notice: Notice, gap: str) -> str:
    border = f"border-left:3px solid {_COLOURS[notice.kind]}"
    title = _said(notice.title)
    if notice.kind is Kind.CANCELLED:
        title = f"<del>{title}</del>"
    lines = "\n".join(_fact(line) for line in notice.lines)
    file = f'\n<div style="font-size:13px;color:{_GREY}">File: {_said(notice.file)}</div>' if notice.file else ""
    return (
        f'<div style="margin:0 0 {gap};padding:1px 0 1px 10px;{border};overflow-wrap:anywhere">\n'
        f'<div style="font-weight:600" dir="auto">{title}</div>\n{lines}{file}\n</div>'
    )


def _fact(line: Line) -> str:
    label = f'<span style="color:{_GREY}">{_said(line.label)}:</span> ' if line.label else ""
    if line.block:
        return f'<div>{label}</div>\n<div dir="auto" style="padding-left:10px">{_said(line.new)}</div>'
    if line.old is None:
        return f"<div>{label}{_said(line.new)}</div>"
    old = f'<del style="color:{_GREY}">{_said(line.old)}</del>'
    new = f'<ins style="text-decoration:none;font-weight:600">{_said(line.new)}</ins>'
    return f"<div>{label}{old} &rarr; {new}</div>"


def _advice(page: Page) -> str:
    if not page.advice:
        return ""
    points = "\n".join(f'<li style="margin:0 0 4px">{_said(point)}</li>' for point in page.advice)
    heading = f'<h2 style="margin:24px 0 8px;font-size:15px">{_said(page.advice_heading)}</h2>'
    return f'{heading}\n<ul style="margin:0;padding-left:20px">\n{points}\n</ul>'


def _closing(page: Page) -> str:
    return (
        f'<hr style="margin:24px 0 12px;border:0;border-top:1px solid {_GREY}">\n'
        f'<div style="font-size:13px;color:{_GREY}">\n' + "\n".join(_closing_lines(page)) + "\n</div>"
    )


def _closing_lines(page: Page) -> Iterator[str]:
    for paragraph in page.closing:
        yield f'<p style="margin:0 0 8px">{_said(paragraph)}</p>'
    if page.leave:
        link = f'<a href="{escape(page.leave.link)}" style="color:inherit">Get no more of these mails</a>'
        yield f'<p style="margin:0">{link} ({_said(page.leave.subject)})</p>'


def _said(text: str) -> str:
    """Escape text; its line ends and what is set apart in it become elements."""
    safe = escape(text).replace("\n", "<br>\n")
    return safe.replace(FSI, '<bdi dir="auto">').replace(PDI, "</bdi>")
