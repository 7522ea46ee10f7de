"""Which revisions are covered, bucket by bucket."""

from hypothesis import given
from hypothesis import strategies as st

from osync.message.manifest import BUCKETS
from osync.sync.coverage import Coverage, Interval

_INTERVALS = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, BUCKETS), st.integers(0, BUCKETS)).map(
    lambda four: (Interval(min(four[:2]), max(four[:2])), min(four[2:]), max(four[2:]))
)


def test_nothing_is_covered_at_first() -> None:
    assert Coverage().complete_through == 0


def test_a_gap_stops_the_watermark() -> None:
    coverage = Coverage().with_interval(Interval(0, 3)).with_interval(Interval(5, 9))
    assert coverage.complete_through == 3
    assert coverage.with_interval(Interval(3, 5)).complete_through == 9


def test_a_partial_snapshot_covers_only_its_buckets() -> None:
    coverage = Coverage().with_interval(Interval(0, 7), 0, 512)
    assert (coverage.watermark(511), coverage.watermark(512), coverage.complete_through) == (7, 0, 0)


def test_equal_neighbours_are_one_span() -> None:
    coverage = Coverage().with_interval(Interval(0, 7), 0, 512).with_interval(Interval(0, 7), 512, BUCKETS)
    assert len(coverage.spans) == 1


@given(st.lists(_INTERVALS, max_size=8), st.randoms())
def test_order_and_repetition_do_not_matter(added: list[tuple[Interval, int, int]], random: object) -> None:
    shuffled = added + added
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = Coverage(), Coverage()
    for interval, low, high in added:
        first = first.with_interval(interval, low, high)
    for interval, low, high in shuffled:
        second = second.with_interval(interval, low, high)
    assert first == second


@given(st.lists(_INTERVALS, max_size=8), st.integers(0, BUCKETS - 1))
def test_the_watermark_is_the_gap_free_cover(added: list[tuple[Interval, int, int]], bucket: int) -> None:
    coverage = Coverage()
    covered: set[int] = set()
    for interval, low, high in added:
        coverage = coverage.with_interval(interval, low, high)
        if low <= bucket < high:
            covered.update(range(interval.low + 1, interval.high + 1))
    expected = 0
    while expected + 1 in covered:
        expected += 1
    assert coverage.watermark(bucket) == expected
    assert coverage.watermarks()[bucket] == expected


@given(st.lists(_INTERVALS, max_size=8))
def test_the_spans_hold_every_bucket_once(added: list[tuple[Interval, int, int]]) -> None:
    coverage = Coverage()
    for interval, low, high in added:
        coverage = coverage.with_interval(interval, low, high)
    assert [bucket for span in coverage.spans for bucket in range(span.first, span.end)] == list(range(BUCKETS))
