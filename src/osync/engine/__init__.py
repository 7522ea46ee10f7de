"""Carry the plans of `osync.sync` out through the interfaces of calendars, mailboxes and the ledger.

The only package that both decides nothing and touches the world. One run of `sync`:

1. `receive` takes the pending mails: recognise, verify, decode, decide (`sync.follow`), and record message and effects
   in the ledger in one transaction; only then the mail is settled.
2. `copies` writes what the ledger wants into the calendars: first the before-image and the intention in the ledger, then
   the calendar, then, when the disk holds it, the mark in the ledger.
3. `differences` finds what changed in each shared calendar, `announce` reads it, decides (`sync.publish`), checks (`sync.safety`), and records
   the new revisions and the outgoing mails in one transaction.
4. `outbox` sends the outbox and marks each mail as sent.

A crash between any two steps is healed by the next run: writing an event twice, sending a mail twice and settling a mail
twice are all harmless.
"""
