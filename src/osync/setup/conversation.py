"""Questions and answers in plain text: each question explains itself, has a default, and is asked again after a wrong answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from osync.errors import OSyncError, UserMustActError

Check = Callable[[str], str]
"""Gives an answer as it is meant; an OSyncError says what is wrong with it."""


def any_text(text: str) -> str:
    """Take every answer."""
    return text


@dataclass(frozen=True, slots=True)
class Conversation:
    """A talk with the user. `read` shows a prompt and gives a line, `read_secret` too but shows nothing of it; both may raise EOFError.

    `write` shows a line. What a server said has to be made safe by `write`.
    """

    read: Callable[[str], str]
    read_secret: Callable[[str], str]
    write: Callable[[str], None]

    def say(self, text: str = "") -> None:
        """Tell the user something."""
        self.write(text)

    def ask(self, question: str, explanation: str, default: str = "", check: Check = any_text) -> str:
        """Ask for a line; an empty one stands for the default. UserMustActError if there is nobody to answer."""
        self.write("")
        self.write(explanation)
        shown = f"{question} [{default}]: " if default else f"{question}: "
        while True:
            answer = self._line(self.read, shown).strip() or default
            try:
                if answer:
                    return check(answer)
                self.write("  Please type something.")
            except OSyncError as error:
                self.write(f"  {error.what} {error.advice}".rstrip())

    def ask_secret(self, question: str, explanation: str) -> str:
        """Ask for a secret, which is not shown."""
        self.write("")
        self.write(explanation)
        while True:
            if secret := self._line(self.read_secret, f"{question}: ").rstrip("\r\n"):
                return secret
            self.write("  Please type something; what you type is not shown.")

    def agree(self, question: str, *, default: bool) -> bool:
        """Ask for yes or no."""
        while True:
            answer = self._line(self.read, f"{question} [{'Y/n' if default else 'y/N'}]: ").strip().lower()
            if not answer:
                return default
            if answer in ("y", "yes", "j", "ja"):
                return True
            if answer in ("n", "no", "nein"):
                return False
            self.write("  Please type y or n.")

    def choose(self, question: str, options: Sequence[str], default: int = 1) -> int:
        """Let the user choose one of several; gives its place, counted from 0."""
        self.write("")
        self.write(question)
        for number, option in enumerate(options, 1):
            self.write(f"  {number}  {option}")
        while True:
            answer = self._line(self.read, f"Number [{default}]: ").strip() or str(default)
            if answer.isdecimal() and 1 <= int(answer[:6]) <= len(options):
                return int(answer) - 1
            self.write(f"  Please type a number from 1 to {len(options)}.")

    def _line(self, read: Callable[[str], str], prompt: str) -> str:
        while True:
            try:
                answer = read(prompt)
                # Where the system takes any byte, those that are no letters come as surrogates.
                answer.encode()
            except UnicodeError:
                self.write("  That came as letters that OSync cannot read; your terminal should be set to UTF-8.")
            except EOFError as error:
                self.write("")
                raise self._ended() from error
            else:
                return answer

    @staticmethod
    def _ended() -> UserMustActError:
        return UserMustActError(
            "The conversation ended before everything was asked.",
            unharmed="Nothing was made.",
            advice="Type it again; --help names the flags that do it without questions.",
        )
