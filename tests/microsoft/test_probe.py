"""The questions to a real Outlook, put to the fake: each has an answer, and nothing is left behind."""

from outlook.application import CALENDAR, DELETED, FakeOutlook
from outlook.in_process import machine_of

from osync.errors import CalendarUnavailableError, CalendarUnusableError
from osync.microsoft.outlook import Outlook, Words
from osync.microsoft.probe import Answer, probe

WORDS = Words(CalendarUnavailableError, CalendarUnusableError, "")


def answers(fake: FakeOutlook) -> list[Answer]:
    outlook = Outlook(machine_of(fake))
    try:
        return outlook.write(WORDS, lambda application: list(probe(application)))
    finally:
        outlook.end()


def test_every_question_is_answered_and_nothing_is_left_behind() -> None:
    fake = FakeOutlook()
    found = {each.number: each.answer for each in answers(fake)}
    assert not [number for number, answer in found.items() if answer.startswith("refused")]
    assert "24 -> 24" in found["D1"]
    assert "by local time: yes, by its zone: no" in found["D4"]
    assert "in another folder, the same id" in found["D5"]
    assert found["D9"].count("kept") == 3
    assert found["D14"].startswith("3 x ")
    assert fake.folder().folders == []
    assert (fake.folder(DELETED).records, fake.folder(DELETED).folders) == ({}, [])
    assert fake.outgoing == []


def test_what_the_user_threw_away_stays_where_it_is() -> None:
    """Whatever it is called: only what the probe made is removed."""
    fake = FakeOutlook()
    space = fake.application().GetNamespace("MAPI")
    for number in (CALENDAR, DELETED):
        folder = space.GetDefaultFolder(number).Folders.Add("OSync probe of mine", CALENDAR)
        own = folder.Items.Add(1)
        own.Subject = "OSync probe: show it to the boss"
        own.Save()
        own.Copy().Delete()
    before = len(fake.folder(DELETED).records)
    answers(fake)
    assert [each.name for each in fake.folder(DELETED).folders] == ["OSync probe of mine"]
    assert len(fake.folder(DELETED).records) == before > 0
    assert [each.name for each in fake.folder().folders] == ["OSync probe of mine"]


def test_an_outlook_that_counts_years_shows() -> None:
    fake = FakeOutlook()
    fake.years_count_months = False
    found = {each.number: each.answer for each in answers(fake)}
    assert "in 24 years: yes" in found["D1"]


def test_the_report_holds_nothing_of_the_user() -> None:
    fake = FakeOutlook(addresses=("secret@example.org",))
    text = " ".join(f"{each.question} {each.answer}" for each in answers(fake))
    assert "secret" not in text
    assert "Kalender" not in text
