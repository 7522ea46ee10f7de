"""What each kind of Mailman list does to a mail of each carrier, and mails that came out of real lists."""

from pathlib import Path

from mail_path.carried import ARRIVES, MISSING, NOTHING

from osync.model import Carrier

CAPTURED = Path(__file__).parents[1] / "data" / "mailman"
"""`posted` holds what went into the lists, the other folders what came out of the lists with that name."""

HELD = "Mailman keeps the mail"
LISTS = (
    "default", "munges-from", "wraps", "keeps-text-and-mixed", "keeps-plain-text", "filters-file-endings",
    "makes-plain-text", "anonymous", "personal", "digest-mime", "digest-plain",
)  # fmt: skip
# What is not named here arrives.
FATES = {
    ("keeps-text-and-mixed", Carrier.ATTACH): MISSING,
    ("keeps-plain-text", Carrier.ATTACH): HELD,
    ("keeps-plain-text", Carrier.TEXT): HELD,
    ("filters-file-endings", Carrier.ATTACH): MISSING,
    ("digest-plain", Carrier.ATTACH): NOTHING,
}


def expected(name: str, carrier: Carrier) -> str:
    """Give what has to become of a mail that was posted to a list."""
    return FATES.get((name, carrier), ARRIVES)
