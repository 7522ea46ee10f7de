"""Content lines: read whatever programs write, lose nothing, write what RFC 5545 says."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from osync.ical.lines import (
    Component,
    Parameter,
    Property,
    escape_text,
    line_name,
    parse,
    parse_line,
    read,
    split_texts,
    unescape_text,
    write,
    write_line,
)

SIMPLE = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Grüße\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
TREE = (Component("VCALENDAR", (Component("VEVENT", ("SUMMARY:Grüße",)),)),)


def lines_of(text: str) -> tuple[str | Component, ...]:
    """Read the lines of one component whose text stands between LF line ends."""
    (component,) = read(f"BEGIN:X\n{text}\nEND:X\n".encode()).components
    return component.contents


@pytest.mark.parametrize(
    "data",
    [
        SIMPLE.encode(),
        b"\xef\xbb\xbf" + SIMPLE.encode(),
        SIMPLE.encode("utf-16"),
        SIMPLE.encode("utf-16-le"),
        SIMPLE.encode("utf-16-be"),
        b"\xfe\xff" + SIMPLE.encode("utf-16-be"),
        SIMPLE.encode("latin-1"),
        SIMPLE.replace("\r\n", "\n").encode(),
        SIMPLE.replace("\r\n", "\r").encode(),
        SIMPLE.replace("\r\n", "\r\r\n").encode(),
        SIMPLE.replace("\r\n", "\r\n\r\n").encode(),
        SIMPLE.replace("END:VEVENT\r\n", "END:VEVENT\n").encode(),
        SIMPLE.replace("VEVENT", "vevent").replace("BEGIN", "begin").encode(),
        SIMPLE.rstrip().encode(),
    ],
)
def test_the_same_calendar_is_read_from_whatever_bytes_it_was_saved_as(data: bytes) -> None:
    assert read(data).components == TREE


def test_a_null_byte_does_not_turn_a_text_into_another_encoding() -> None:
    assert read(b"BEGIN:X\nA:\0\nEND:X\n").components[0].contents == ("A:\0",)


def test_windows_quotes_in_one_line_do_not_harm_the_others() -> None:
    document = read(b"BEGIN:X\nA:\x93quoted\x94\nB:\xc3\xbc\nC:\x81\nEND:X\n")
    assert document.components[0].contents == ("A:“quoted”", "B:ü", "C:\x81")


def test_several_calendars_in_one_text_are_all_there() -> None:
    data = b"\xef\xbb\xbf".join([SIMPLE.encode()] * 3)
    assert read(data).components == TREE * 3


def test_lines_outside_of_components_are_kept() -> None:
    document = read(b"From: pat\nBEGIN:X\nEND:X\nEND:Y\n")
    assert document.components == (Component("X", ()),)
    assert document.strays == ("From: pat", "END:Y")


def test_a_component_without_its_end_says_so() -> None:
    outer = read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VCALENDAR\n").components[0]
    assert outer.closed
    assert [inner.closed for inner in outer.components()] == [False]
    assert not read(b"BEGIN:VCALENDAR\nVERSION:2.0\n").components[0].closed


@pytest.mark.parametrize("fold", ["\r\n ", "\n ", "\r\n\t", "\n\t", "\r ", "\r\r\n "])
def test_folds_of_every_kind_are_undone(fold: str) -> None:
    (component,) = read(f"BEGIN:X\r\nSUMMARY:one{fold} two{fold}three\r\nEND:X\r\n".encode()).components
    assert component.contents == ("SUMMARY:one twothree",)


def test_a_fold_inside_a_character_is_undone() -> None:
    (component,) = read(b"BEGIN:X\r\nSUMMARY:Gr\xc3\r\n \xbc\xc3\x9fe\r\nEND:X\r\n").components
    assert component.contents == ("SUMMARY:Grüße",)


def test_a_long_line_that_was_broken_without_a_blank_is_joined() -> None:
    start = "DESCRIPTION:" + "x" * 63
    assert lines_of(f"{start}\nthe rest of it\nUID:1") == (start + "the rest of it", "UID:1")


def test_a_bare_line_end_inside_a_text_becomes_an_escaped_one() -> None:
    assert lines_of("DESCRIPTION:one\ntwo\nUID:1") == ("DESCRIPTION:one\\ntwo", "UID:1")


def test_unknown_lines_parameters_and_their_order_are_kept() -> None:
    text = 'X-A;X-B=1;X-C="a;b",c:v:w\nBEGIN:X-INNER\nZ:1\nEND:X-INNER\nx-a:2'
    inner = Component("X-INNER", ("Z:1",))
    assert lines_of(text) == ('X-A;X-B=1;X-C="a;b",c:v:w', inner, "x-a:2")


def test_endless_nesting_breaks_nothing() -> None:
    document = read(b"BEGIN:X\n" * 50_000)
    assert write(*document.components).count(b"BEGIN:X") == 50_000


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("SUMMARY:a:b;c", Property("SUMMARY", (), "a:b;c")),
        ("summary ; language = de:Hallo", Property("SUMMARY", (Parameter("LANGUAGE", (" de",)),), "Hallo")),
        ('A;B="x:y;z,w":v', Property("A", (Parameter("B", ("x:y;z,w",)),), "v")),
        ('A;B="x",y,"",z:v', Property("A", (Parameter("B", ("x", "y", "", "z")),), "v")),
        ('A;B="x",:v', Property("A", (Parameter("B", ("x", "")),), "v")),
        ("A;B=:v", Property("A", (Parameter("B", ("",)),), "v")),
        ("TZID:a", Property("TZID", (), "a")),
        ("DTSTART;TZID=TZID=Europe/Germany:20260101T000000", None),
        ("A;JUNK:v", Property("A", (), "v")),
        ("no colon", None),
        (":v", None),
        ('A;B="never closed:v', Property("A", (Parameter("B", ("",)),), "v")),
        ("A;B=1", None),
    ],
)
def test_a_line_is_taken_apart(line: str, wanted: Property | None) -> None:
    if wanted is None and "TZID=TZID" in line:
        wanted = Property("DTSTART", (Parameter("TZID", ("TZID=Europe/Germany",)),), "20260101T000000")
    assert parse_line(line) == wanted


def test_the_first_value_of_a_parameter_is_given() -> None:
    found = parse_line("A;B=1,2;C=:v")
    assert found is not None
    assert [found.parameter(name) for name in ("B", "C", "D")] == ["1", "", None]
    assert Property("A", (Parameter("B", ()),), "").parameter("B") == ""


def test_properties_are_found_by_name_whatever_their_letters() -> None:
    (component,) = parse("BEGIN:X\nuid:1\nUIDX:2\nUID;A=B:3\nno name\nEND:X").components
    assert [found.value for found in component.properties("UID")] == ["1", "3\\nno name"]
    assert len(list(component.properties())) == 3
    assert component.first("NOTHING") is None


def test_inner_components_are_found_by_name() -> None:
    (component,) = parse("BEGIN:X\nBEGIN:A\nEND:A\nBEGIN:B\nEND:B\nEND:X").components
    assert [inner.name for inner in component.components("B")] == ["B"]
    assert [inner.name for inner in component.components()] == ["A", "B"]


def test_line_name_needs_a_colon() -> None:
    assert [line_name(line) for line in ("a;b:c", "a:b;c", "a b", "")] == ["A", "A", "", ""]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a,b", ("a", "b")),
        ("a\\,b,c", ("a,b", "c")),
        ("a\\\\,b", ("a\\", "b")),
        ("a\\\\\\,b", ("a\\,b",)),
        ("\\n,", ("\n", "")),
        ("a,b\\", ("a", "b\\")),
        ("", ("",)),
        (",\\;", ("", ";")),
    ],
)
def test_lists_of_texts_are_split_at_bare_commas_only(value: str, wanted: tuple[str, ...]) -> None:
    assert split_texts(value) == wanted


@given(st.lists(st.text(st.characters(exclude_characters="\r")), min_size=1))
def test_a_list_of_texts_comes_back_as_it_was(texts: list[str]) -> None:
    assert split_texts(",".join(map(escape_text, texts))) == tuple(texts)


@given(st.text())
def test_an_escaped_text_comes_back_as_it_was(text: str) -> None:
    escaped = escape_text(text)
    assert "\n" not in escaped
    assert unescape_text(escaped) == text.replace("\r\n", "\n").replace("\r", "\n")


_NAMES = st.from_regex(r"[A-Z][A-Z0-9-]{0,20}", fullmatch=True)
_PARAMETERS = st.lists(
    st.builds(
        Parameter,
        _NAMES,
        st.lists(st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs"])), min_size=1).map(tuple),
    ),
    max_size=4,
).map(tuple)


@given(st.builds(Property, _NAMES, _PARAMETERS, st.text(st.characters(exclude_categories=["Cs"])).map(escape_text)))
def test_a_property_comes_back_as_it_was_written(found: Property) -> None:
    assert parse_line(write_line(found)) == found


def test_a_quote_inside_a_parameter_cannot_end_it() -> None:
    assert write_line(Property("A", (Parameter("B", ('x";C=1:y\r\nZ:1',)),), "v")) == 'A;B="x\';C=1:y Z:1":v'


_LINES = st.builds(
    "{}:{}".format, _NAMES.filter(lambda name: name not in ("BEGIN", "END")), st.text().map(escape_text)
).filter(lambda line: line.encode("utf-8", "ignore").decode() == line)
_COMPONENTS = st.recursive(
    st.builds(Component, _NAMES, st.lists(_LINES, max_size=5).map(tuple)),
    lambda inner: st.builds(Component, _NAMES, st.lists(_LINES | inner, max_size=5).map(tuple)),
    max_leaves=8,
)


@given(st.lists(_COMPONENTS, max_size=3))
def test_a_tree_comes_back_as_it_was_written(components: list[Component]) -> None:
    document = read(write(*components))
    assert document.components == tuple(components)
    assert document.strays == ()


@given(st.lists(_COMPONENTS, max_size=3), st.text(max_size=300))
def test_written_lines_are_folded_at_75_octets_and_never_inside_a_character(
    components: list[Component], text: str
) -> None:
    data = write(*components, Component("X" * 90, (text,)))
    assert data.endswith(b"\r\n")
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert b"\r" not in line
        assert b"\n" not in line
        line.decode()


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
@example(b"BEGIN:X\nEND:Y\nEND:X\n \n")
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf\t")
@example(b"BEGIN:\xff\nEND:\xff")
@example(b"BEGIN:X\n:\nEND:X\nA:\n\tB")
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    for document in (read(data), read(b"BEGIN:VCALENDAR\n" + data)):
        for component in document.components:
            list(component.properties())
        assert write(*document.components) == write(*read(write(*document.components)).components)


def test_nothing_in_a_line_makes_a_second_one() -> None:
    data = write(Component("X", ("A:1\r\nEND:X", "B:2\nC:3\rD:4")))
    assert data == b"BEGIN:X\r\nA:1\\nEND:X\r\nB:2\\nC:3\\nD:4\r\nEND:X\r\n"


def test_no_components_are_no_bytes() -> None:
    assert write() == b""
    assert read(b"").components == ()
