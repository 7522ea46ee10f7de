"""The meeting scrubber on invitations as the programs write them, in English and German."""

import pytest

from osync.ical.meetings import leads_to_meeting, scrubbed_line, scrubbed_notes

TEAMS_ENGLISH = """\
Agenda: budget and roof.
Bring the plans.

________________________________________________________________________________
Microsoft Teams meeting
Join on your computer, mobile app or room device
Click here to join the meeting<https://teams.microsoft.com/l/meetup-join/19%3ameeting_Zm9v%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d>
Meeting ID: 312 445 901 227
Passcode: aB3xYz
Download Teams<https://www.microsoft.com/en-us/microsoft-teams/download-app> | Join on the web<https://www.microsoft.com/microsoft-teams/join-a-meeting>
Or call in (audio only)
+49 69 12345678,,990123456#   Germany, Frankfurt am Main
Phone Conference ID: 990 123 456#
Find a local number<https://dialin.teams.microsoft.com/abc?id=990123456> | Reset PIN<https://dialin.teams.microsoft.com/usp/pstnconferencing>
Learn More<https://aka.ms/JoinTeamsMeeting> | Meeting options<https://teams.microsoft.com/meetingOptions/?organizerId=1>
________________________________________________________________________________
See you there!"""

TEAMS_GERMAN = """\
Tagesordnung: Haushalt und Dach.

________________________________________________________________________________
Microsoft Teams-Besprechung
Nehmen Sie auf dem Computer, in der mobilen App oder im Raum teil
Klicken Sie hier, um an der Besprechung teilzunehmen<https://teams.microsoft.com/l/meetup-join/19%3ameeting_YmFy%40thread.v2/0>
Besprechungs-ID: 345 678 901 22
Kennung: qW9eRt
Oder rufen Sie an (nur Audio)
+49 69 87654321,,11223344#   Germany, Frankfurt am Main
Telefonkonferenz-ID: 112 233 44#
Lokale Nummer suchen | PIN zurücksetzen
Weitere Infos | Besprechungsoptionen
________________________________________________________________________________
Bis dann!"""

ZOOM_ENGLISH = """\
Reading circle, chapter 4.

Sam Sample is inviting you to a scheduled Zoom meeting.

Topic: Reading circle
Join Zoom Meeting
https://us02web.zoom.us/j/81234567890?pwd=c2VjcmV0cGFzcw

Meeting ID: 812 3456 7890
Passcode: 445566
One tap mobile
+13017158592,,81234567890#,,,,*445566# US (Washington DC)
Dial by your location
        +1 301 715 8592 US (Washington DC)
Meeting ID: 812 3456 7890
Find your local number: https://us02web.zoom.us/u/kabcdef"""

ZOOM_GERMAN = """\
Lesekreis, Kapitel 4.

Sam Beispiel lädt Sie zu einem geplanten Zoom-Meeting ein.

Zoom-Meeting beitreten
https://uni-beispiel.zoom-x.de/j/61234567890?pwd=Z2VoZWlt

Meeting-ID: 612 3456 7890
Kenncode: 998877
Schnelleinwahl mobil
+496938079883,,61234567890#,,,,*998877# Deutschland
Einwahl nach aktuellem Standort
+49 69 3807 9883 Deutschland
Ortseinwahl suchen: https://uni-beispiel.zoom-x.de/u/abc"""

WEBEX = """\
Quarterly review.

-- Do not delete or change any of the following text. --

When it's time, join your Webex meeting here.
https://example.webex.com/example/j.php?MTID=m0123456789abcdef
Meeting number (access code): 2345 678 9012
Meeting password: Xy7pQ2rs
Join by video system
Dial 23456789012@example.webex.com
Join by phone
+1-650-479-3208 Call-in toll number (US/Canada)"""

WEBEX_GERMAN = """\
Quartalsgespräch.
Meeting-Link: https://beispiel.webex.com/meet/sam
Meeting-Kennnummer: 2345 678 9012
Meeting Passwort: Ab9cDe
Über Videosystem beitreten: 23456789012@beispiel.webex.com
Telefonisch beitreten
+49-619-6781-9736 Gebührenpflichtig"""

MEET = """\
Planning.
-::~:~::~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~::~:~::-
Join with Google Meet: https://meet.google.com/abc-defg-hij
Or dial: (US) +1 470-285-0000 PIN: 123456789#
More phone numbers: https://tel.meet/abc-defg-hij?pin=1234567890123
Learn more about Meet at: https://support.google.com/a/users/answer/9282720

Please do not edit this section.
-::~:~::~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~::~:~::-
Thanks"""

GOTO = """\
Demo.
Please join my meeting from your computer, tablet or smartphone.
https://meet.goto.com/123456789
You can also dial in using your phone.
Germany: +49 721 9881 4161
Access Code: 123-456-789
New to GoToMeeting? Get the app now and be ready when your first meeting starts: https://meet.goto.com/install"""

JITSI = """\
Chorvorstand.
Klick auf den folgenden Link, um am Meeting teilzunehmen:
https://meet.jit.si/ChorVorstandGeheim2026
Um per Telefon teilzunehmen, wähle: +49.89.380.38719,,2871234567#"""

BIGBLUEBUTTON = """\
Elternabend.
Raum: https://bbb.schule-beispiel.de/b/sam-x3k-9qp
Zugangscode: 445 566
Bitte pünktlich!"""

SECRETS = (
    *(
        "meetup-join",
        "312 445",
        "aB3xYz",
        "990123456",
        "990 123",
        "345 678",
        "qW9eRt",
        "11223344",
        "112 233",
        "81234567890",
    ),
    *(
        "c2VjcmV0",
        "445566",
        "812 3456",
        "7158592",
        "715 8592",
        "Z2VoZWlt",
        "998877",
        "612 3456",
        "3807",
        "MTID",
        "2345 678",
    ),
    *(
        "Xy7pQ2rs",
        "23456789012",
        "479-3208",
        "webex.com",
        "Ab9cDe",
        "6781",
        "abc-defg",
        "285-0000",
        "123456789",
        "tel.meet",
    ),
    *("meet.goto", "9881", "123-456", "ChorVorstandGeheim", "380.38719", "2871234567", "sam-x3k", "445 566", "zoom"),
)


@pytest.mark.parametrize(
    ("template", "kept"),
    [
        (TEAMS_ENGLISH, ("Agenda: budget and roof.", "Bring the plans.", "See you there!")),
        (TEAMS_GERMAN, ("Tagesordnung: Haushalt und Dach.", "Bis dann!")),
        (ZOOM_ENGLISH, ("Reading circle, chapter 4.",)),
        (ZOOM_GERMAN, ("Lesekreis, Kapitel 4.",)),
        (WEBEX, ("Quarterly review.",)),
        (WEBEX_GERMAN, ("Quartalsgespräch.",)),
        (MEET, ("Planning.", "Thanks")),
        (GOTO, ("Demo.",)),
        (JITSI, ("Chorvorstand.",)),
        (BIGBLUEBUTTON, ("Elternabend.", "Bitte pünktlich!")),
    ],
)
def test_an_invitation_loses_all_that_lets_people_in_and_keeps_the_agenda(template: str, kept: tuple[str, ...]) -> None:
    scrubbed = scrubbed_notes(template)
    assert [secret for secret in SECRETS if secret in scrubbed] == []
    assert [words for words in kept if words not in scrubbed] == []


@pytest.mark.parametrize("template", [TEAMS_ENGLISH, ZOOM_GERMAN, WEBEX, MEET, GOTO, JITSI, BIGBLUEBUTTON])
def test_scrubbing_twice_changes_nothing_more(template: str) -> None:
    once = scrubbed_notes(template)
    assert scrubbed_notes(once) == once


@pytest.mark.parametrize("template", [TEAMS_ENGLISH, TEAMS_GERMAN, ZOOM_ENGLISH, WEBEX, MEET, GOTO])
def test_a_program_that_put_the_invitation_in_one_line_gives_nothing_away(template: str) -> None:
    scrubbed = scrubbed_notes(template.replace("\n", " "))
    assert [secret for secret in SECRETS if secret in scrubbed] == []


@pytest.mark.parametrize(
    "notes",
    [
        "Bring cake and 20 euros.\nCall Anna: +49 30 1234567\nhttps://example.org/recipe",
        "We meet at the team house; the number of seats is 30.",
        "Lunch at 12\n-----\nWalk at 14",
        "Passports please. Password managers are the topic.",
        "",
    ],
)
def test_notes_without_a_meeting_stay_as_they_are(notes: str) -> None:
    assert scrubbed_notes(notes) == notes


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("https://us02web.zoom.us/j/81234567890?pwd=abc", "Online"),
        ("Room 5; https://teams.microsoft.com/l/meetup-join/xyz", "Room 5; Online"),
        ("meet.google.com/abc-defg-hij", "Online"),
        ("Zoom, Meeting ID: 812 3456 7890, Passcode: 1234", "Zoom"),
        ("Passcode: 1234", "Online"),
        ("Rathaus, Zimmer 12", "Rathaus, Zimmer 12"),
        ("Microsoft Teams Meeting", "Microsoft Teams Meeting"),
        ("https://jitsi.verein-beispiel.de/Vorstand", "Online"),
        ("https://example.org/hall", "https://example.org/hall"),
    ],
)
def test_a_join_link_in_the_place_becomes_online(place: str, shown: str) -> None:
    assert scrubbed_line(place) == shown


@pytest.mark.parametrize(
    "address",
    [
        "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2Fx&data=1",
        "https://www.google.com/url?q=https://us02web.zoom.us/j/1&sa=D",
        "zoommtg://zoom.us/join?confno=1",
        "https://conf.example.org/bigbluebutton/api/join?meetingID=1",
        "https://rooms.example.org/rooms/abc-def-ghi-jkl/join",
        "HTTPS://ZOOM.US/j/1",
        "sip:1234@example.org",
    ],
)
def test_a_wrapped_or_foreign_join_link_is_known(address: str) -> None:
    assert leads_to_meeting(address)


@pytest.mark.parametrize(
    "address", ["https://example.org/zoom.us-review", "https://notzoom.us/x", "bob@zoom.us", "meeting."]
)
def test_an_address_that_only_looks_alike_is_left(address: str) -> None:
    assert not leads_to_meeting(address)
