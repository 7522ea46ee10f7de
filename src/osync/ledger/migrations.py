"""From any older ledger to the present one. A new ledger is made from schema.sql at once."""

from collections.abc import Iterator

VERSION = 3
"""The format that this OSync writes, kept in SQLite's user_version."""

_KEYS_AND_ANSWERS = """
ALTER TABLE share ADD COLUMN creator_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE share ADD COLUMN approval TEXT NOT NULL DEFAULT 'token';
ALTER TABLE share ADD COLUMN delivery TEXT NOT NULL DEFAULT 'direct';
ALTER TABLE share ADD COLUMN list_address TEXT NOT NULL DEFAULT '';
ALTER TABLE share ADD COLUMN encrypted INTEGER NOT NULL DEFAULT 1;
ALTER TABLE share ADD COLUMN verified_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE share ADD COLUMN carrier TEXT NOT NULL DEFAULT 'attach';
ALTER TABLE share ADD COLUMN broadcast_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE share ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE TABLE new_subscriber (
    share_id TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,
    state TEXT NOT NULL,
    token BLOB NOT NULL,
    token_until INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    wants_snapshot INTEGER NOT NULL,
    wants_after INTEGER NOT NULL,
    device TEXT NOT NULL,
    trust TEXT NOT NULL,
    max_bytes INTEGER NOT NULL,
    confirmed_epoch INTEGER NOT NULL,
    confirmed_revision INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    snapshot_at INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    answered_on TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    bounces INTEGER NOT NULL,
    bounced_at INTEGER NOT NULL,
    note TEXT NOT NULL,
    pinged_at INTEGER NOT NULL,
    pings INTEGER NOT NULL,
    plain INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (share_id, address, public_key)
) STRICT, WITHOUT ROWID;
INSERT INTO new_subscriber SELECT share_id, address, name, public_key, state, token, token_until, counter,
    wants_snapshot, -1, '', 'tofu', 2000000, 0, 0, 0, 0, 0, '', 0, 0, 0, '', 0, 0, 0, 0 FROM subscriber;
DROP TABLE subscriber;
ALTER TABLE new_subscriber RENAME TO subscriber;
CREATE TABLE told (
    share_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    text TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (share_id, event_key)
) STRICT;
ALTER TABLE outbox ADD COLUMN automatic INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_by_message ON outbox (message_id);
CREATE INDEX outbox_by_creation ON outbox (created_at);
CREATE INDEX outbox_by_sending ON outbox (sent_at);
ALTER TABLE invitation ADD COLUMN sent_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invitation ADD COLUMN creator_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE invitation ADD COLUMN delivery TEXT NOT NULL DEFAULT 'direct';
ALTER TABLE invitation ADD COLUMN list_address TEXT NOT NULL DEFAULT '';
ALTER TABLE invitation ADD COLUMN approval TEXT NOT NULL DEFAULT 'token';
ALTER TABLE invitation ADD COLUMN trust TEXT NOT NULL DEFAULT 'tofu';
UPDATE invitation SET creator_key = owner_key;
ALTER TABLE subscription ADD COLUMN newest_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN creator_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE subscription ADD COLUMN nonce BLOB NOT NULL DEFAULT x'';
ALTER TABLE subscription ADD COLUMN token BLOB NOT NULL DEFAULT x'';
ALTER TABLE subscription ADD COLUMN level TEXT NOT NULL DEFAULT 'full';
ALTER TABLE subscription ADD COLUMN trust TEXT NOT NULL DEFAULT 'tofu';
ALTER TABLE subscription ADD COLUMN ask_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN asks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN answered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN left_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN strangers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN pinged INTEGER NOT NULL DEFAULT 0;
UPDATE subscription SET creator_key = owner_key;
CREATE TABLE further_envelope (
    envelope TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
ALTER TABLE published ADD COLUMN occurrences TEXT NOT NULL DEFAULT '';
ALTER TABLE followed ADD COLUMN occurrences TEXT NOT NULL DEFAULT '';
ALTER TABLE followed ADD COLUMN held TEXT NOT NULL DEFAULT '';
ALTER TABLE written ADD COLUMN settled TEXT NOT NULL DEFAULT '';
ALTER TABLE change ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE change ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN signer TEXT NOT NULL DEFAULT '';
CREATE TABLE key_change (
    share_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    old_key BLOB NOT NULL,
    old_signature BLOB NOT NULL,
    new_key BLOB NOT NULL,
    new_signature BLOB NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (share_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE key_notice (
    share_id TEXT NOT NULL,
    peer_key BLOB NOT NULL,
    times INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (share_id, peer_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX followed_held ON followed (share_id, event_key) WHERE held != '';
CREATE INDEX change_by_event ON change (share_id, event_key);
"""

_NOTES_OF_PLACES = """
CREATE TABLE note (
    place TEXT NOT NULL,
    page TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (place, page)
) STRICT;
"""

_STEPS: tuple[str, ...] = (_KEYS_AND_ANSWERS, _NOTES_OF_PLACES)
"""Step i leads from format i + 1 to format i + 2."""


def statements(version: int) -> Iterator[str]:
    """Give the statements that lead from format `version` (0 = empty file) to the present one, in order."""
    if version == 0:
        # Late, because only a new ledger needs it.
        from importlib import resources

        yield from _split(resources.files("osync.ledger").joinpath("schema.sql").read_text("utf-8"))
    else:
        for step in _STEPS[version - 1 :]:
            yield from _split(step)


def _split(script: str) -> Iterator[str]:
    without_comments = "\n".join(line.split("--")[0] for line in script.splitlines())
    yield from (statement for statement in without_comments.split(";") if statement.strip())
