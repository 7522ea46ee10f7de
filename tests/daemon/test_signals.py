"""Signals become news, whatever the main thread does meanwhile; also under Windows, which has its own one for Ctrl-Break."""

import signal

import pytest

from osync.cli.running import signals
from osync.daemon.news import LetterBox, Reread, Stop

PATIENCE = 20.0
ENDING = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


@pytest.mark.parametrize("name", ENDING)
def test_a_wish_to_end_is_told_once_and_interrupts_the_second_time(name: str) -> None:
    box, number = LetterBox(), getattr(signal, name)
    before = signal.getsignal(number)
    with signals(box.put):
        signal.raise_signal(number)
        assert box.take(PATIENCE) == [Stop()]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before


@pytest.mark.posix
def test_a_hangup_asks_for_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    box = LetterBox()
    with signals(box.put):
        for _ in range(2):
            signal.raise_signal(signal.SIGHUP)
            assert box.take(PATIENCE) == [Reread()]
