"""Which revisions of an epoch the mails so far have covered, for each bucket of event keys (protocol 5.4); pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from osync.message.manifest import BUCKETS


@dataclass(frozen=True, slots=True)
class Interval:
    """The revisions above `low` up to and with `high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Span:
    """The buckets from `first` up to but without `end` share the same intervals: sorted, apart from each other."""

    first: int
    end: int
    intervals: tuple[Interval, ...]

    @property
    def watermark(self) -> int:
        """The revision up to which everything is covered without a gap."""
        return self.intervals[0].high if self.intervals and self.intervals[0].low <= 0 else 0

    def covered(self, through: int) -> int:
        """Count the revisions from 1 up to `through` that are covered."""
        return sum(max(0, min(each.high, through) - max(each.low, 0)) for each in self.intervals)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Spans that together hold every bucket once, in order, neighbours different."""

    spans: tuple[Span, ...] = (Span(0, BUCKETS, ()),)

    def watermark(self, bucket: int) -> int:
        """Give the gap-free cover of `bucket` from 0."""
        return next(span.watermark for span in self.spans if span.first <= bucket < span.end)

    @property
    def complete_through(self) -> int:
        """The revision up to which every bucket is covered."""
        return min(span.watermark for span in self.spans)

    def uncovered(self, through: int) -> int:
        """Count the revisions up to `through` that are missing in the bucket that misses most."""
        return max(through - span.covered(through) for span in self.spans)

    def watermarks(self) -> list[int]:
        """Give the watermark of each bucket, by its number."""
        marks: list[int] = []
        for span in self.spans:
            marks += [span.watermark] * (span.end - span.first)
        return marks

    def with_interval(self, interval: Interval, first: int = 0, end: int = BUCKETS) -> "Coverage":
        """Add `interval` to the buckets from `first` up to but without `end`; a second time changes nothing."""
        return Coverage(tuple(_joined(_add(self.spans, interval, first, end))))


def _add(spans: tuple[Span, ...], interval: Interval, first: int, end: int) -> Iterator[Span]:
    for span in spans:
        low, high = max(span.first, first), min(span.end, end)
        if low >= high:
            yield span
            continue
        if span.first < low:
            yield Span(span.first, low, span.intervals)
        yield Span(low, high, _merged((*span.intervals, interval)))
        if high < span.end:
            yield Span(high, span.end, span.intervals)


def _merged(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda each: (each.low, each.high)):
        if interval.high <= interval.low:
            continue
        if merged and interval.low <= merged[-1].high:
            merged[-1] = Interval(merged[-1].low, max(merged[-1].high, interval.high))
        else:
            merged.append(interval)
    return tuple(merged)


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    current: Span | None = None
    for span in spans:
        if current and current.intervals == span.intervals:
            current = Span(current.first, span.end, current.intervals)
            continue
        if current:
            yield current
        current = span
    if current:
        yield current
