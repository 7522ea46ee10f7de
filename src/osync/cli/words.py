"""What is wrong with a command line before anybody looks at what it says."""

from collections.abc import Sequence

from osync.errors import UserMustActError

_UNHARMED = "Nothing was done."


def check_words(words: Sequence[str]) -> None:
    """Refuse empty words, which an unset variable of a shell leaves, and bytes that are no text. UserMustActError.

    Many an empty word would stand for all: all subscribers, all that is held, the last run.
    """
    for word in words:
        if not word or (word.startswith("--") and word.endswith("=")):
            raise UserMustActError(
                f"One word of this command is empty{f' ({word})' if word else ''}.",
                unharmed=_UNHARMED,
                advice="Leave it out, or look whether a variable of your shell is not set.",
            )
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise UserMustActError(
                "One word of this command has letters that OSync cannot read.",
                unharmed=_UNHARMED,
                advice="Set your terminal to UTF-8; rename a file whose name is no UTF-8.",
            ) from error
