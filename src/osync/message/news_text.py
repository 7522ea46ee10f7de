"""A page for readers without OSync as plain text of at most 76 columns."""

from collections.abc import Iterator

from osync.message.columns import WIDTH, columns, wrapped
from osync.message.news_page import Line, Notice, Page, Section

_INDENT = "  "
_ARROW = "→ "
_CLOSE_LINES = 3


def page_text(page: Page) -> str:
    """Write a page as text, lines separated and ended by line feeds."""
    lines: list[str] = []
    for paragraph in page.opening:
        lines += [*wrapped(paragraph), ""]
    for section in page.sections:
        lines += section_lines(section)
    if page.advice:
        lines += ["", *_heading(page.advice_heading), ""]
        for point in page.advice:
            lines += wrapped(point, "- ", _INDENT)
    lines += ["", "-" * 40]
    for paragraph in page.closing:
        lines += wrapped(paragraph)
    if page.leave:
        lines += ["", f"{page.leave.subject}", f"<{page.leave.link}>"]
    return "\n".join(lines) + "\n"


def section_lines(section: Section) -> list[str]:
    """Write one section."""
    lines = ["", *_heading(section.heading), ""]
    for group in section.groups:
        if group.heading:
            lines += [f"--- {group.heading} ---", ""]
        for notice in group.notices:
            found = list(_notice_lines(notice))
            # In a long list, events that need two lines stand close together.
            lines += found if group.heading and len(found) <= _CLOSE_LINES else [*found, ""]
        if lines[-1]:
            lines.append("")
    if section.more:
        lines += [*wrapped(section.more), ""]
    return lines


def _heading(text: str) -> list[str]:
    return [text.upper(), "=" * columns(text)]


def _notice_lines(notice: Notice) -> Iterator[str]:
    yield from wrapped(notice.title, "* ", _INDENT)
    for line in notice.lines:
        yield from _fact_lines(line)
    if notice.file:
        yield from wrapped(f"File: {notice.file}", _INDENT, _INDENT * 2)


def _fact_lines(line: Line) -> Iterator[str]:
    label = f"{line.label}: " if line.label else ""
    deeper = _INDENT * 2
    if line.block:
        yield f"{_INDENT}{label}".rstrip()
        for paragraph in line.new.split("\n"):
            yield from wrapped(paragraph, deeper, deeper) if paragraph else [""]
        return
    if line.old is None:
        yield from wrapped(label + line.new, _INDENT, deeper)
        return
    whole = f"{_INDENT}{label}{line.old} {_ARROW}{line.new}"
    if columns(whole) <= WIDTH:
        yield whole
        return
    yield from wrapped(label + line.old, _INDENT, deeper)
    yield from wrapped(line.new, deeper + _ARROW, deeper + _INDENT)
