"""The command `verify`: compare safety codes."""

from osync.cli.commands import Context
from osync.cli.text import safe, table
from osync.engine.people import find_person, people, verify
from osync.message.identity import safety_code
from osync.model import Trust


def verify_person(context: Context) -> int:
    """Show safety codes, or compare one."""
    arguments = context.arguments
    if arguments.code:
        person = verify(context.installation, arguments.who, arguments.code)
        context.say(f"It is the same: the key of {safe(person.name)} <{safe(person.address)}> is verified.")
        return 0
    found = find_person(context.installation, arguments.who) if arguments.who else people(context.installation)
    context.say(
        f"Your own safety code, which you read to others: {safety_code(context.installation.identity().public)}"
    )
    rows = [
        [each.name, f"<{each.address}>", each.code, trust_words(each.trust), ", ".join(each.shares)] for each in found
    ]
    context.say(table(rows) if rows else "OSync knows nobody's key yet.")
    if any(each.trust is not Trust.VERIFIED for each in found):
        context.say("Let them read theirs to you, by phone or face to face, then: osync verify PERSON CODE")
    return 0


def trust_words(trust: Trust) -> str:
    """Tell people whether safety codes were compared."""
    return "verified" if trust is Trust.VERIFIED else "not compared yet"
