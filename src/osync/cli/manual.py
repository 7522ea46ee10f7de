"""The words of the manual: what `osync --help` and the help of each command say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The manual of one command: a line for the list of commands, what it does, and examples."""

    summary: str
    text: str
    examples: tuple[str, ...]

    @property
    def epilog(self) -> str:
        """Give the examples as they stand under the options."""
        return "\n  ".join(("examples:" if len(self.examples) > 1 else "example:", *self.examples))


DESCRIPTION = """\
OSync shares calendars by e-mail, without a server. You mark events in your own
calendar with a category; OSync mails what is new, changed or deleted to your
subscribers; their OSync writes copies into their calendars, with your name before
the title: "[pat] Lunch". The mails are signed and encrypted. Alarms, attendees, join
links, and every event without the category stay with you."""

EPILOG = """\
first steps:
  osync demo                                          see it work on this computer
  osync init                                          asks for your address and password
  osync share new team --category Team                share the events of a category
  osync share preview team                            see exactly what would leave
  osync share invite team tester@example.org          offer it to somebody
  osync sync                                          send and receive, whenever you like
  osync install-service                               do that by itself from now on

and on the other side:
  osync sync; osync invitations; osync accept 1 --as pat; osync sync

when something is wrong:
  osync status                                        where everything stands, and what is stuck
  osync doctor                                        try everything out, and say what to do
  osync log                                           what happened, and why

safety:
  OSync changes only copies that it wrote itself. It stops and asks before it lets many
  events be deleted, and osync undo takes back what it wrote into your calendar. A
  calendar that cannot be read is an error, never an empty calendar.

exit codes:
  0   done
  2   you have to do something: the sentence says what
  3   stopped before harm: look at it and answer with osync review
  75  temporary: the same command works later
  1   a fault of OSync

environment:
  OSYNC_HOME   the folder of this installation, like --home
  OSYNC_KEYS   file: osync init keeps the private key in a file, not in the key store
               of the system, for computers where nobody logs on

osync COMMAND --help tells more about a command. --json is described in docs/json.md."""

INIT = Page(
    "make a new OSync for a calendar and a mailbox",
    """\
Make a new OSync: a folder with settings, a private key and a ledger (see --home). It
changes nothing in your calendar and sends nothing. The key goes into the key store of
the system, or, where there is none, into a file that only you can read.

Without flags it asks, one question after the other: type a mail address and a
password, and OSync finds the servers and your calendars. Ctrl-C leaves nothing behind.
Everything it asks can be said by flags; --no-input asks nothing.

Without --mailbox your mail is at a provider: OSync finds its servers, or --imap and
--smtp name them. The password comes from a command, from the standard input, or, with
OAuth, from osync sign-in; it is never an argument (docs/accounts.md).

A calendar is caldav:URL, one calendar of a CalDAV server, or vdir:FOLDER, a folder of
.ics files as khal and vdirsyncer keep them. --caldav looks for the calendar at a server.
A mailbox without a provider is folder:POSTOFFICE, a folder that both sides reach, for
example on a shared drive; every address has its mailbox in it, and init makes yours.""",
    (
        "osync init",
        'osync init --name pat --address pat@example.org --password-command "pass show mail" --no-input',
        "osync init --name pat --address pat@example.org --calendar vdir:~/calendar --mailbox folder:/media/post",
        "osync init … --calendar work=vdir:~/work --calendar home=caldav:https://dav.example.org/pat/home/",
    ),
)

DEMO = Page(
    "see two users share a calendar on this computer",
    """\
Play two users on this computer, pat and tester, who share a calendar, and show both
calendars after each step. Nothing outside of the folder is touched; both
installations stay there for you to play with.""",
    ("osync demo", "osync demo /tmp/two-users"),
)

PROBE = Page(
    "ask Outlook on this computer what its documentation leaves open",
    """\
Find out how your Outlook behaves where Microsoft's documentation and our sources
disagree. A calendar folder called “OSync probe” is made for it and removed again;
your own calendars and mails are not touched, and nothing is sent. The report holds
no names, addresses or events: please send it to the project.""",
    ("osync probe",),
)

SHARE = Page(
    "offer the events of a category to others",
    """\
What you share: make a share, look at it, invite people, stop it. A share is one
category of one calendar, at one privacy level, for any number of subscribers.""",
    ("osync share new team --category Team", "osync share preview team", "osync share invite team tester@example.org"),
)

SHARE_NEW = Page(
    "share the events of a category",
    """\
Share the events that have a category. Nothing leaves before somebody accepts an
invitation. Events that end before the last three months, or begin in more than two
years, stay here until their time comes.

  --level full     title, time and place
  --level titles   title and time
  --level busy     time only; the title is "Busy"

Private and confidential events are shared as busy at most. Notes leave only with
--notes, and join links of online meetings not even then.""",
    ("osync share new team --category Team", "osync share new family --category Family --level full --notes"),
)

SHARE_INVITE = Page(
    "offer a share to mail addresses",
    """\
Send invitations. Who accepts within two weeks gets all events of the share, and then
every change. Inviting an address again sends a new invitation; who subscribes already
gets all events again instead. Tell them your safety code by phone, if you want to be sure that nobody
stands between.

With --plain, people who have no OSync get mails that anybody can read: at once all events,
later what is new, changed or cancelled, with files for their calendar program. These mails are
not encrypted. They leave by a mail, for which each of these mails has a link; the
invitation has such links too.""",
    (
        "osync share invite team tester@example.org jo@example.org",
        "osync share invite team grandma@example.org --plain",
    ),
)

INVITE = Page(
    "offer a share, by mail or by a code",
    """\
Invite people by mail, or make a code that you give to one person yourself: by a
messenger, on paper, in a file. Nobody who carries mail can change a code, so the keys
of both sides are verified by it. It works once, for two weeks, and OSync sends nothing
for it: the other side types osync accept CODE. The same as osync share invite.""",
    (
        "osync invite team tester@example.org",
        "osync invite team --code --for Jo",
        "osync invite team --code --file team.osync-invite",
    ),
)

VERIFY = Page(
    "compare safety codes with somebody",
    """\
Make sure that nobody stands between you and somebody else: read your safety code to
them, by phone or face to face, and let them read theirs. Without CODE it shows both;
with CODE it compares what they read, and remembers that it was the same. If it is not,
nothing is changed.""",
    ("osync verify", "osync verify tester@example.org", "osync verify tester 7K2M-4QXW-9DZH-0V3T-C5RB"),
)

SHARE_APPROVE = Page(
    "let somebody into a share",
    """\
Let somebody in who waits for your word: because they answered a mailing list or a
public share, or from a second device. They get all events of the share at once. Compare
their safety code first, if you want to be sure who they are: osync verify.""",
    ("osync share approve team jo@example.org", "osync share approve team 1"),
)

SHARE_REFUSE = Page(
    "do not let somebody into a share",
    "Forget somebody who waits for your word. They are told nothing.",
    ("osync share refuse team 1",),
)

SHARE_LIST = Page("list your shares", "List your shares.", ("osync share list", "osync share list --json"))

SHARE_SHOW = Page(
    "show a share and its subscribers",
    "Show a share, who was invited and who subscribes, and your safety code.",
    ("osync share show team",),
)

SHARE_PREVIEW = Page(
    "show exactly what would leave",
    "Show every event that leaves through a share as the exact text, and who gets it. It sends nothing.",
    ("osync share preview team", "osync share preview team --json"),
)

SHARE_STOP = Page(
    "stop sending to one address, or to all",
    """\
Stop sending to one subscriber, or end the share for all of them. They are told that
it ended. What they have stays with them.""",
    ("osync share stop team tester@example.org", "osync share stop team"),
)

INVITATIONS = Page(
    "list the invitations that wait for you",
    """\
List the invitations that came with a sync. Nothing of them enters your calendar
before you accept. Compare the safety code with the sender by phone, if you want to be
sure that it is them.""",
    ("osync invitations",),
)

ACCEPT = Page(
    "subscribe to a share that somebody offers you",
    """\
Subscribe to a share. Its owner's key is remembered, and only what it has signed ever
changes your calendar. The events come with the next syncs, the short name before each
title: "[pat] Lunch".""",
    ("osync accept 1 --as pat", "osync accept team --calendar work"),
)

DECLINE = Page("drop an invitation", "Drop an invitation. Its sender is told nothing.", ("osync decline 1",))

LEAVE = Page(
    "end a subscription",
    """\
End a subscription and tell its owner. Its events stay in your calendar and are not
changed any more, or go with --remove.""",
    ("osync leave team", "osync leave team --remove"),
)

SYNC = Page(
    "send and receive",
    """\
Receive mails, write copies into your calendar, and mail what changed in the calendars
that you share. Run it as often as you like, by hand or by a timer: when there is
nothing to do, it does nothing, and quickly.

It stops and asks (exit code 3) when more than 20 events and more than 30 % of a share
would be deleted at once, or when a calendar is suddenly empty. See what it is about
and answer with osync review.

Changes of a share are collected: they are mailed together, once in ten minutes at most
(limits.broadcast_minutes in the settings). The sync after that time sends what waits;
--now sends it at once.""",
    ("osync sync", "osync sync --now", "osync sync --dry-run", "osync sync --json"),
)

STATUS = Page(
    "tell where your shares and subscriptions stand",
    "Tell where every share and subscription stands, what waits, and which events could not be read.",
    ("osync status",),
)

LOG = Page(
    "tell what happened",
    "Tell what changed in your calendars, which mails came and what each did, and which were sent; newest first.",
    ("osync log", "osync log --limit 500 --json"),
)

UNDO = Page(
    "take back what a run, a mail or an owner changed",
    """\
Take back what a run or a mail changed in your calendars, from the copies that OSync
keeps of what was there. Without a number it takes back the last run that changed
something; with --of everything that ever came from one owner or share. Events that you
changed since are left alone. Mails that were sent cannot be taken back.

What you took back stays so until its owner changes it again; new events that you took
back stay away until osync restore.""",
    ("osync undo", "osync undo 17", "osync undo m4", "osync undo --of pat"),
)

REVIEW = Page(
    "look at what OSync stopped to ask about, and answer",
    """\
List everything that waits for you, by share: many events that would be deleted from your
calendar or at your subscribers, more events than you agreed to, and events that are at
another hour for their owner because the time zone data of the two computers differ.

  --yes   let it pass
  --no    reject it. Copies that their owner deleted stay with you; deletions of your own
          events are not sent, and you are asked again only if they become other ones

Both answer for everything that is listed, or for one share.""",
    ("osync review", "osync review --yes", "osync review --no team"),
)

CHANGED = Page(
    "list the copies that you changed, hid or kept",
    """\
List the events of others that are not in your calendar as their owners have them, because
you want it so. Alarms, categories, colours and free or busy are yours and not listed.

  changed here   you changed title, time, place or text: it stays until the owner's next
                 change of that event
  deleted here, hidden   you do not want it: it stays away, also after later changes
  kept here      its owner deleted it, and you kept it""",
    ("osync changed", "osync changed --json"),
)

HIDDEN = Page(
    "list the events of others that stay away",
    "List the events that their owners share and that you deleted, took back or rejected; see osync changed.",
    ("osync hidden",),
)

RESTORE = Page(
    "have the owner's version of an event back",
    """\
Write the owner's version of events that you changed, deleted or hid. Name one by its number
in osync changed or by words of its day and title; a share means all of its events. If
several events have the name, they are listed and nothing is done.""",
    (
        "osync restore 2",
        "osync restore choir",
        "osync restore 2026-12-01 choir",
        "osync restore team",
        "osync restore --all",
    ),
)

DETACH = Page(
    "make a copy an event of your own",
    """\
Make a copy an event of your own: OSync never touches it again, and the owner's event stays
away. It loses the mark of OSync and the categories of your own shares, so that it is not
shared on by accident. osync undo or osync restore brings the owner's event back beside it;
delete the one that you do not want.""",
    ("osync detach 2", "osync detach 2026-12-01 choir"),
)

OPEN = Page(
    "show what an OSync mail says",
    """\
Show what is in a mail, an .osync file, a mailbox file (mbox), a mail that Outlook saved
(.msg) or an invitation code: who signed it and whether that is right, every field, and
the events with their times. Of a message that is encrypted to others it tells what can be
seen from outside. What is only signed opens without an installation too. Nothing takes
effect, and nothing is changed.""",
    ("osync open mail.eml",),
)
