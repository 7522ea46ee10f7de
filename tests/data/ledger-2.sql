-- The ledger of one OSync: what was sent, what was applied, what to undo.
-- Times: whole seconds since 1970 UTC (sent_at in messages: milliseconds). Days: ISO dates. '' and 0 stand for "none".

-- Single values: the writer id of this installation, the last message time given out, and the like.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every place (file) of every calendar that a share is made from, as it was when it was last read.
CREATE TABLE place (
    calendar TEXT NOT NULL,
    handle TEXT NOT NULL,
    version TEXT NOT NULL,
    problem TEXT NOT NULL,              -- why it could not be read, or ''
    PRIMARY KEY (calendar, handle)
) STRICT, WITHOUT ROWID;

-- The UIDs that lie at a place.
CREATE TABLE source (
    calendar TEXT NOT NULL,
    uid TEXT NOT NULL,
    handle TEXT NOT NULL,
    recheck_on TEXT NOT NULL,           -- the day when it may become shareable without being changed, or ''
    PRIMARY KEY (calendar, uid, handle)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_by_handle ON source (calendar, handle);
CREATE INDEX source_by_recheck ON source (recheck_on) WHERE recheck_on != '';

-- Shares that we own (protocol 5.2).
CREATE TABLE share (
    share_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    calendar TEXT NOT NULL,
    category TEXT NOT NULL,
    level TEXT NOT NULL,
    notes INTEGER NOT NULL,
    state TEXT NOT NULL,
    nonce BLOB NOT NULL,
    key BLOB NOT NULL,
    writer TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    head INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    collected INTEGER NOT NULL,
    floor TEXT NOT NULL,
    unread INTEGER NOT NULL,
    creator_key BLOB NOT NULL DEFAULT x'',  -- our public key when the share was made
    approval TEXT NOT NULL DEFAULT 'token',
    delivery TEXT NOT NULL DEFAULT 'direct',
    list_address TEXT NOT NULL DEFAULT '',
    encrypted INTEGER NOT NULL DEFAULT 1,
    verified_only INTEGER NOT NULL DEFAULT 0,
    carrier TEXT NOT NULL DEFAULT 'attach',
    broadcast_at INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT ''       -- why it is passive
) STRICT, WITHOUT ROWID;

-- What the subscribers of a share were last told about an event; a tombstone has live = 0 and no text.
CREATE TABLE published (
    share_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    source_uid TEXT NOT NULL,
    part TEXT NOT NULL,
    revision INTEGER NOT NULL,
    count INTEGER NOT NULL,
    live INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    title TEXT NOT NULL,
    first TEXT NOT NULL,
    last_day TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    text TEXT NOT NULL,
    occurrences TEXT NOT NULL DEFAULT '',    -- the next starts, for the tripwire: whole seconds with blanks between
    PRIMARY KEY (share_id, event_key)
) STRICT;
CREATE INDEX published_by_revision ON published (share_id, revision);
CREATE INDEX published_by_source ON published (share_id, source_uid);
-- What the digest of protocol 5.3 is made from.
CREATE INDEX published_digest ON published (share_id, event_key, fingerprint, last_day) WHERE live = 1;

-- Time zone definitions without an IANA name, as they travel with the events of a share, ours or another's.
CREATE TABLE zone (
    share_id TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (share_id, name)
) STRICT, WITHOUT ROWID;

-- The digest of every announcement ever made; never deleted (protocol 5.2, 5.5).
CREATE TABLE journal (
    share_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    head INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (share_id, epoch, head)
) STRICT, WITHOUT ROWID;

-- The keys of the people whom a share is offered to (protocol 7.1); one row for each device, or for an invitation.
CREATE TABLE subscriber (
    share_id TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,           -- empty until the invitation was accepted, and for people without OSync
    state TEXT NOT NULL,
    token BLOB NOT NULL,                -- empty when it was used
    token_until INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    wants_snapshot INTEGER NOT NULL,
    wants_after INTEGER NOT NULL,       -- the revision after which an update is owed, -1 for none
    device TEXT NOT NULL,
    trust TEXT NOT NULL,
    max_bytes INTEGER NOT NULL,
    confirmed_epoch INTEGER NOT NULL,
    confirmed_revision INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    snapshot_at INTEGER NOT NULL,
    answers INTEGER NOT NULL,           -- how many requests were answered on the day answered_on
    answered_on TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    bounces INTEGER NOT NULL,
    bounced_at INTEGER NOT NULL,
    note TEXT NOT NULL,                 -- what is wrong, for people
    pinged_at INTEGER NOT NULL,
    pings INTEGER NOT NULL,
    plain INTEGER NOT NULL,             -- reads mail without OSync
    told INTEGER NOT NULL,              -- a person without OSync has got the first mail
    PRIMARY KEY (share_id, address, public_key)
) STRICT, WITHOUT ROWID;

-- What subscribers without OSync were last told about an event, for "changed from … to …".
CREATE TABLE told (
    share_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    text TEXT NOT NULL,
    count INTEGER NOT NULL,             -- of its revisions then
    PRIMARY KEY (share_id, event_key)
) STRICT;

-- Mails that have to leave. The content goes when the mail is sent; the row stays for the log.
CREATE TABLE outbox (
    number INTEGER NOT NULL PRIMARY KEY,
    run INTEGER NOT NULL,
    kind TEXT NOT NULL,
    share_id TEXT NOT NULL,
    recipient TEXT NOT NULL,            -- several are separated by ', '
    message_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    content BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    refused TEXT NOT NULL,              -- why it could not be delivered, or came back, or ''
    automatic INTEGER NOT NULL DEFAULT 0    -- 1 if a message of its recipient caused it
) STRICT;
CREATE INDEX outbox_waiting ON outbox (number) WHERE sent_at = 0 AND refused = '';
CREATE INDEX outbox_by_message ON outbox (message_id);
CREATE INDEX outbox_by_creation ON outbox (created_at);
CREATE INDEX outbox_by_sending ON outbox (sent_at);

-- Mails that came. A row is written before a mail is opened, so that a mail that kills us is noticed.
CREATE TABLE received (
    number INTEGER NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    tries INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    run INTEGER NOT NULL,
    kind TEXT NOT NULL,
    share_id TEXT NOT NULL,
    signer TEXT NOT NULL,               -- key id, or ''
    envelope TEXT NOT NULL,             -- SHA-256 of the envelope, or ''
    outcome TEXT NOT NULL,              -- one sentence
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX received_by_envelope ON received (envelope) WHERE envelope != '' AND finished = 1;

-- SHA-256 of envelopes that were taken beside the first one of their mail, or whose mail is taken once more.
CREATE TABLE further_envelope (
    envelope TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Shares that others offer us, not answered yet.
CREATE TABLE invitation (
    share_id TEXT NOT NULL,
    share_name TEXT NOT NULL,
    owner_key BLOB NOT NULL,
    owner_name TEXT NOT NULL,
    owner_address TEXT NOT NULL,
    nonce BLOB NOT NULL,
    level TEXT NOT NULL,
    encrypted INTEGER NOT NULL,
    token BLOB NOT NULL,
    until INTEGER NOT NULL,
    count INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    warning TEXT NOT NULL,
    sent_at INTEGER NOT NULL DEFAULT 0, -- ms
    creator_key BLOB NOT NULL DEFAULT x'',
    delivery TEXT NOT NULL DEFAULT 'direct',
    list_address TEXT NOT NULL DEFAULT '',
    approval TEXT NOT NULL DEFAULT 'token',
    trust TEXT NOT NULL DEFAULT 'tofu',
    PRIMARY KEY (share_id, owner_key)
) STRICT, WITHOUT ROWID;

-- Shares that we accepted, and what we know of them (protocol 5.4).
CREATE TABLE subscription (
    share_id TEXT NOT NULL PRIMARY KEY,
    share_name TEXT NOT NULL,
    owner_key BLOB NOT NULL,
    owner_name TEXT NOT NULL,
    owner_address TEXT NOT NULL,
    sender TEXT NOT NULL,
    calendar TEXT NOT NULL,
    state TEXT NOT NULL,
    encrypted INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    held_because TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    known INTEGER NOT NULL,             -- the highest head heard of in this epoch
    floor TEXT NOT NULL,
    damaged INTEGER NOT NULL,
    newest_at INTEGER NOT NULL,         -- sent_at (ms) of the newest mail, and what it announced
    newest_epoch INTEGER NOT NULL,
    newest_head INTEGER NOT NULL,
    top_epoch INTEGER NOT NULL,         -- the highest (epoch, head) ever heard
    top_head INTEGER NOT NULL,
    newest_digest TEXT NOT NULL DEFAULT '',
    creator_key BLOB NOT NULL DEFAULT x'',  -- the owner's key when the share was made
    nonce BLOB NOT NULL DEFAULT x'',    -- of the invitation, like the token
    token BLOB NOT NULL DEFAULT x'',
    level TEXT NOT NULL DEFAULT 'full',
    trust TEXT NOT NULL DEFAULT 'tofu',
    ask_at INTEGER NOT NULL DEFAULT 0,  -- when the owner is asked for what is missing; 0 = nothing is missing
    asked_at INTEGER NOT NULL DEFAULT 0,
    asks INTEGER NOT NULL DEFAULT 0,
    answered_at INTEGER NOT NULL DEFAULT 0,
    left_at INTEGER NOT NULL DEFAULT 0, -- ms
    strangers INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    pinged INTEGER NOT NULL DEFAULT 0   -- a ping waits for an answer
) STRICT, WITHOUT ROWID;

-- The intervals (low, high] that mails have covered, run-length coded over the 1024 buckets.
CREATE TABLE coverage (
    share_id TEXT NOT NULL,
    first_bucket INTEGER NOT NULL,
    end_bucket INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    PRIMARY KEY (share_id, first_bucket, low)
) STRICT, WITHOUT ROWID;

-- What an owner announced, with his signature over it; the newest ones and the highest one.
CREATE TABLE announcement (
    share_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    head INTEGER NOT NULL,
    digest TEXT NOT NULL,
    writer TEXT NOT NULL,
    signature TEXT NOT NULL,            -- hex
    heard_at INTEGER NOT NULL,
    PRIMARY KEY (share_id, epoch, head)
) STRICT, WITHOUT ROWID;

-- The newest version of each event that an owner told us; a tombstone has live = 0 and no text.
CREATE TABLE followed (
    share_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    count INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    live INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    last_day TEXT NOT NULL,
    text TEXT NOT NULL,
    mail INTEGER NOT NULL,              -- the mail that brought it
    waiting INTEGER NOT NULL,           -- the calendar does not show it yet
    occurrences TEXT NOT NULL DEFAULT '',    -- the starts that its owner named, as in published
    held TEXT NOT NULL DEFAULT '',      -- why this event alone waits for the user, or ''
    PRIMARY KEY (share_id, event_key)
) STRICT;
CREATE INDEX followed_waiting ON followed (share_id, event_key) WHERE waiting = 1;
CREATE INDEX followed_held ON followed (share_id, event_key) WHERE held != '';

-- The copies that we wrote into our calendars, and nothing else is ever touched there.
CREATE TABLE written (
    share_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    calendar TEXT NOT NULL,
    handle TEXT NOT NULL,
    version TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    managed TEXT NOT NULL,
    transparency TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    settled TEXT NOT NULL DEFAULT '',   -- the fingerprint of the owner's text that was last decided upon
    PRIMARY KEY (share_id, event_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX written_by_handle ON written (calendar, handle);

-- Each change of our own key, for each share that it counts for, ours or another's.
CREATE TABLE key_change (
    share_id TEXT NOT NULL,
    number INTEGER NOT NULL,            -- from 1
    old_key BLOB NOT NULL,
    old_signature BLOB NOT NULL,        -- both keys sign the change
    new_key BLOB NOT NULL,
    new_signature BLOB NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (share_id, number)
) STRICT, WITHOUT ROWID;

-- Who has not shown yet that they know our present key, and when they are told again.
CREATE TABLE key_notice (
    share_id TEXT NOT NULL,
    peer_key BLOB NOT NULL,
    times INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (share_id, peer_key)
) STRICT, WITHOUT ROWID;

-- Runs that changed something.
CREATE TABLE run (
    number INTEGER NOT NULL PRIMARY KEY,
    command TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL        -- 0 while it works, and for ever if it was killed
) STRICT;

-- Each change of a calendar of ours, with what was there before; written before the calendar is touched.
CREATE TABLE change (
    number INTEGER NOT NULL PRIMARY KEY,
    run INTEGER NOT NULL,
    mail INTEGER NOT NULL,
    share_id TEXT NOT NULL,
    event_key TEXT NOT NULL,
    calendar TEXT NOT NULL,
    handle TEXT NOT NULL,
    action TEXT NOT NULL,
    title TEXT NOT NULL,
    first TEXT NOT NULL,
    before BLOB NOT NULL,
    after TEXT NOT NULL,                -- the managed fingerprint afterwards, or ''
    at INTEGER NOT NULL,
    undone INTEGER NOT NULL,
    reason TEXT NOT NULL DEFAULT '',    -- the decision that it followed from
    allowed INTEGER NOT NULL DEFAULT 0, -- it was held, and the user let it pass
    signer TEXT NOT NULL DEFAULT ''     -- the key id of who signed its mail, or ''
) STRICT;
CREATE INDEX change_by_run ON change (run);
CREATE INDEX change_by_mail ON change (mail);
CREATE INDEX change_by_event ON change (share_id, event_key);
