"""Every parser that reads what others wrote, by its name."""

from fuzz import (
    armours,
    bounces,
    calendars,
    codes,
    documents,
    envelopes,
    identities,
    mails,
    news,
    opened,
    received,
    texts,
)

TARGETS = {
    target.name: target
    for module in (
        armours,
        envelopes,
        documents,
        texts,
        mails,
        calendars,
        bounces,
        codes,
        identities,
        news,
        opened,
        received,
    )
    for target in module.TARGETS
}
