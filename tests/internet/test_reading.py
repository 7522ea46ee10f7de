"""Reading: what was noted of one mailbox is never believed of another one, and no answer of a server makes a mail be missed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from beds.fake_imap import FakeImap, Folder, fake_imap

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, OSyncError
from osync.mailboxes.internet import InternetMailbox, InternetSettings, Reading, Server
from osync.model import World
from osync.network import Network
from osync.notebook import LooseNotebook


def mail(text: str) -> bytes:
    return f"Subject: {text}\r\n\r\n{text}\r\n".encode()


def mails(*texts: str, first: int = 1) -> dict[int, bytes]:
    return {first + number: mail(text) for number, text in enumerate(texts)}


@dataclass
class Home:
    """What stays from run to run, and the time."""

    notebook: LooseNotebook = field(default_factory=LooseNotebook)
    now: datetime = datetime(2026, 11, 23, tzinfo=UTC)
    cleanup: str = "keep"
    user: str = "pat"
    folders: tuple[str, ...] = ("INBOX",)

    @contextmanager
    def mailbox(self, server: FakeImap, host: str = "localhost") -> Iterator[InternetMailbox]:
        """Give the mailbox, as the next run would."""
        imap = Server(f"imap://{host}:{server.port}", self.user)
        settings = InternetSettings(imap, Server("smtps://localhost", ""), self.folders, self.cleanup)
        login = Login(self.user, lambda: "secret")
        world = World(lambda: self.now, bytes)
        network = Network(proxy="none", timeout=10)
        mailbox = InternetMailbox(
            settings, login, network, self.notebook, world, Reading(("From",), lambda header: True)
        )
        try:
            yield mailbox
        finally:
            mailbox.close()

    def run(self, server: FakeImap, host: str = "localhost") -> list[str]:
        """Read, settle and release every mail, and clean up; give their handles and texts."""
        with self.mailbox(server, host) as mailbox:
            found = [(each.handle, each.content) for each in mailbox.pending()]
            for handle, _ in found:
                mailbox.release(handle)
                mailbox.settle(handle)
            mailbox.clean_up()
        return [f"{handle} {(content or b'').decode().split()[-1]}" for handle, content in found]


def texts(found: list[str]) -> list[str]:
    return [each.split()[-1] for each in found]


def test_another_user_or_server_is_read_from_its_own_beginning() -> None:
    home = Home()
    with fake_imap({"INBOX": Folder(mails("one", "two", first=900))}) as large:
        assert texts(home.run(large)) == ["one", "two"]
    with fake_imap({"INBOX": Folder(mails("three"))}) as small:
        assert texts(replace(home, user="tester").run(small)) == ["three"]
        assert texts(home.run(small, "127.0.0.1")) == ["three"]


def test_a_mail_of_another_account_with_the_same_number_has_another_handle() -> None:
    home = Home()
    with fake_imap({"INBOX": Folder(mails("one"))}) as server:
        first = home.run(server)
        second = replace(home, user="tester").run(server)
    assert texts(first) == texts(second) == ["one"]
    assert first != second


def test_what_may_go_from_one_account_takes_nothing_from_another() -> None:
    home = Home(cleanup="delete")
    with fake_imap({"INBOX": Folder(mails("one", "two"))}) as server:
        home.run(server)
    home.now += timedelta(days=31)
    with fake_imap({"INBOX": Folder(mails("private", "letters"))}) as server:
        replace(home, user="tester").run(server)
        assert len(server.folders["INBOX"].mails) == 2


def test_a_server_that_was_taken_back_to_a_backup_loses_no_mail() -> None:
    home = Home()
    with fake_imap({"INBOX": Folder(mails("one", "two", "three"))}) as server:
        before = home.run(server)
        server.folders["INBOX"] = Folder(mails("one", "other"))
        after = home.run(server)
        assert texts(after) == ["one", "other"]
        assert not set(before) & set(after)
        assert home.run(server) == []
        server.folders["INBOX"].mails |= mails("third", first=3)
        assert texts(home.run(server)) == ["third"]


def test_what_was_to_go_before_a_backup_was_brought_back_stays() -> None:
    home = Home(cleanup="delete")
    with fake_imap({"INBOX": Folder(mails("one", "two", "three"))}) as server:
        home.run(server)
        server.folders["INBOX"] = Folder(mails("one", "private"))
        home.now += timedelta(days=31)
        home.run(server)
        assert len(server.folders["INBOX"].mails) == 2
        home.now += timedelta(days=31)
        home.run(server)
        assert server.folders["INBOX"].mails == {}


@pytest.mark.parametrize(
    "answer",
    [
        "TAG NO \n",
        "TAG NO [SERVERBUG] broken\n",
        "TAG NO 17\n",
        "TAG BAD 1\n",
        "* SEARCH 0\nTAG OK\n",
        "* SEARCH -1\nTAG OK done\n",
        "* SEARCH 4294967296\nTAG OK done\n",
        "* SEARCH 2 x\nTAG OK done\n",
    ],
)
def test_a_search_that_fails_finds_nothing_new_and_misses_nothing(answer: str) -> None:
    home = Home()
    with fake_imap({"INBOX": Folder(mails("one"))}, {"UID SEARCH": answer}) as server:
        with pytest.raises(MailboxUnavailableError):
            home.run(server)
        server.answers.clear()
        assert texts(home.run(server)) == ["one"]


def test_a_mail_that_a_server_cannot_give_does_not_keep_other_folders_from_being_read() -> None:
    home = Home(folders=("INBOX", "Team"))
    folders = {"INBOX": Folder(mails("one", "two")), "Team": Folder(mails("three"), validity=2)}
    with fake_imap(folders, {"UID FETCH 2 (UID BODY": "TAG OK nothing\n"}) as server, home.mailbox(server) as mailbox:
        found: list[bytes | None] = []
        trouble: OSyncError | None = None
        try:
            found.extend(each.content for each in mailbox.pending())
        except MailboxUnavailableError as error:
            trouble = error
    assert found == [mail("one"), mail("three")]
    assert "cannot give 1 of the mails in the folder INBOX" in str(trouble)
