"""The words of the manual about keys, other computers and other devices."""

from osync.cli.manual import Page

_PASSWORD = """\
The password is asked for, or comes from the first line of a file (--password-file) or of
what a command prints (--password-command); a command line can be read by others."""

IDENTITY = Page(
    "your key: see it, carry it to another computer, change it",
    """\
Your key signs all that you send, and whoever you share with knows it. Export it right
after osync init: without it, all shares have to begin anew.""",
    ("osync identity show", "osync identity export ~/osync-identity.txt"),
)

IDENTITY_SHOW = Page(
    "show your safety code and where your key is",
    "Show your safety code, where your private key is kept, and former keys with the day when they are thrown away.",
    ("osync identity show",),
)

IDENTITY_EXPORT = Page(
    "write your key and shares into a file with a password",
    f"""\
Write a file with your keys, your shares with their subscribers, and what you follow,
encrypted with a password, for osync identity import. It is your backup against a broken
computer, too. Make a new one when you made a share or people joined. The file holds no events.

{_PASSWORD}""",
    (
        "osync identity export ~/osync-identity.txt",
        'osync identity export /media/usb/osync.txt --password-command "pass show osync"',
    ),
)

IDENTITY_IMPORT = Page(
    "take over your key and shares from another computer",
    f"""\
Read what osync identity export wrote, into an OSync that osync init has just made. Your
shares are passive here until osync share take-over; what you follow is asked for at
its owners by the next sync. Later, a newer file brings new subscribers and keys.

{_PASSWORD}""",
    ("osync identity import ~/osync-identity.txt",),
)

IDENTITY_CHANGE = Page(
    "replace your key by a new one",
    """\
Make a new key, and tell everybody whom you share with or follow. The old key signs for the
new one, so that nobody has to be invited again; whoever compared your safety code has to
compare the new one. For 60 days the old key still opens what others send who have not
heard of it, and they are told again. Export your identity again afterwards.

If somebody else may have your old key, tell people the new safety code by phone.""",
    ("osync identity change",),
)

DEVICE = Page(
    "follow the same shares on a second computer",
    """\
Let a second computer of yours follow what this one follows. Nobody has to invite it: the
first device vouches for it. Both have to see every mail, so a post office in a folder, which
gives each mail to the first one that reads it, is not for two devices of one address.

  on the new one:    osync device code --name laptop
  on the first one:  osync device allow LINE --file answer.txt
  on the new one:    osync device join answer.txt""",
    ("osync device code --name laptop",),
)

DEVICE_CODE = Page(
    "print the line that names this device",
    "Print a line with the public key of this device, for osync device allow on the first one. It holds no secret.",
    ("osync device code --name laptop",),
)

DEVICE_ALLOW = Page(
    "let another device of yours follow the same shares",
    """\
Vouch for the device whose line you paste, for every share that this one follows, and print
the answer or write it into a file. Only that device can read it.""",
    ("osync device allow osync-device:1:mzxw6 --file answer.txt",),
)

DEVICE_JOIN = Page(
    "follow what your first device follows",
    """\
Read the answer of the first device, and subscribe to its shares. Both devices may write
into the same calendar: there will be no doubles.""",
    ("osync device join answer.txt", "osync device join answer.txt --calendar home"),
)

SHARE_TAKE_OVER = Page(
    "write a share from this computer from now on",
    """\
One computer at a time writes a share. After osync identity import, or to change back, let
this one do it: all subscribers get all events once, and keep the copies that they have.
The other computer stops by itself when it reads its mail. If the calendar here holds much
less than the other one's, nothing is sent before you look at it and say --yes.""",
    ("osync share take-over team",),
)
