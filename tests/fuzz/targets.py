"""Every parser that reads what others wrote, by its name."""

from fuzz import armours, bounces, calendars, documents, envelopes, mails, texts

TARGETS = {
    target.name: target
    for module in (armours, envelopes, documents, texts, mails, calendars, bounces)
    for target in module.TARGETS
}
