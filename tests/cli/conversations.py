"""Somebody who types answers to questions, in a script: each answer waits for a question that has its words."""

from dataclasses import dataclass, field

from osync.setup.conversation import Conversation
from osync.setup.lookups import Answer
from osync.setup.servers import Records, ServiceRecord


class Script:
    """Pairs of words of a question and the answer; "!" interrupts as Ctrl-C does. Every question has to be in it."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = list(pairs)
        self.lines: list[str] = []
        self.talk = Conversation(self._read, self._read, self.lines.append)

    @property
    def text(self) -> str:
        """Everything that was shown, without what was typed."""
        return "\n".join(self.lines)

    def _read(self, prompt: str) -> str:
        self.lines.append(prompt)
        assert self.pairs, f"nobody answers {prompt!r} after:\n{self.text}"
        words, answer = self.pairs.pop(0)
        asked = "\n".join(self.lines[-8:])
        assert words in asked, f"{words!r} was expected, but asked was:\n{asked}"
        if answer == "!":
            raise KeyboardInterrupt
        return answer


@dataclass(frozen=True, slots=True)
class Domain:
    """The domain of a test: what its DNS says, and that its servers answer."""

    services: dict[str, tuple[ServiceRecord, ...]] = field(default_factory=dict)
    silent: bool = False

    def records(self, domain: str) -> Records:
        """Say where the servers are."""
        return Records(self.services)

    def answer(self, url: str) -> Answer:
        """Answer for those of the records."""
        known = any(f":{each.port}" in url for records in self.services.values() for each in records)
        return Answer.READY if known and not self.silent else Answer.SILENT
