"""What every mailbox has to keep: inherit, and give the fixture `post`, a post office with accounts for pat and tester."""

from typing import Protocol

import pytest

from osync.mailboxes.base import SIZE_LIMIT, IncomingMail, Mailbox, OutgoingMail

PAT, TESTER, THIRD = "pat@example.org", "tester@example.org", "third@example.org"


class PostOffice(Protocol):
    """Whatever carries mail between mailboxes."""

    def mailbox(self, address: str) -> Mailbox:
        """Give a mailbox, as a new run of OSync would; the account of `address` is opened if there is none."""
        ...


def mail(text: str = "Hello", *recipients: str) -> OutgoingMail:
    """Give a mail of pat."""
    content = f"From: {PAT}\r\nSubject: {text}\r\n\r\n{text}\r\n".encode()
    return OutgoingMail(PAT, recipients or (TESTER,), content)


def contents(mailbox: Mailbox) -> list[bytes | None]:
    """Give the contents of the mails that wait."""
    return [each.content for each in mailbox.pending()]


class MailboxContract:
    """The promises of `osync.mailboxes.base.Mailbox`."""

    strange = bytes(range(256))
    """Bytes that a mail can hold. SMTP carries no NUL, and CR and LF only together (RFC 5321, 2.3.8 and 4.5.2)."""
    added = 0
    """How many bytes the post office may add to a mail."""

    @staticmethod
    def as_sent(content: bytes | None) -> bytes | None:
        """Give a mail that arrived without the lines that the post office put before it: none, unless it is a real one."""
        return content

    def contents(self, mailbox: Mailbox) -> list[bytes | None]:
        """Give the contents of the mails that wait."""
        return [self.as_sent(content) for content in contents(mailbox)]

    @pytest.fixture
    def post(self) -> PostOffice:
        """Give an empty post office."""
        raise NotImplementedError

    @pytest.fixture
    def pat(self, post: PostOffice) -> Mailbox:
        """Give pat's mailbox."""
        return post.mailbox(PAT)

    @pytest.fixture
    def tester(self, post: PostOffice) -> Mailbox:
        """Give tester's mailbox."""
        return post.mailbox(TESTER)

    def test_a_new_mailbox_is_empty(self, pat: Mailbox) -> None:
        assert list(pat.pending()) == []

    def test_a_mail_arrives_byte_for_byte(self, pat: Mailbox, tester: Mailbox) -> None:
        content = b"Subject: x\r\n\r\n" + self.strange + b"\r\n.\r\nFrom nobody\r\n"
        assert pat.send(OutgoingMail(PAT, (TESTER,), content)) == ()
        (arrived,) = tester.pending()
        assert self.as_sent(arrived.content) == content
        assert arrived.size == len(arrived.content or b"")
        assert list(pat.pending()) == []

    def test_mails_come_oldest_first(self, pat: Mailbox, tester: Mailbox) -> None:
        sent = [mail(f"Number {number}") for number in range(25)]
        for each in sent:
            pat.send(each)
        assert self.contents(tester) == [each.content for each in sent]

    def test_every_recipient_gets_a_copy_of_his_own(self, post: PostOffice, pat: Mailbox, tester: Mailbox) -> None:
        third = post.mailbox(THIRD)
        assert pat.send(mail("Hello", TESTER, THIRD, PAT)) == ()
        for each in (pat, tester, third):
            assert self.contents(each) == [mail("Hello").content]
        (of_tester,) = tester.pending()
        tester.settle(of_tester.handle)
        assert self.contents(tester) == []
        assert len(self.contents(third)) == 1

    def test_a_recipient_who_is_named_twice_gets_one_copy(self, pat: Mailbox, tester: Mailbox) -> None:
        assert pat.send(mail("Hello", TESTER, TESTER.upper(), f" {TESTER} ")) == ()
        assert len(self.contents(tester)) == 1

    def test_an_address_in_capitals_is_the_same_address(self, post: PostOffice, tester: Mailbox) -> None:
        assert post.mailbox("PAT@Example.ORG").send(mail("Hello", "Tester@EXAMPLE.org")) == ()
        assert len(self.contents(tester)) == 1

    def test_an_unknown_recipient_is_refused_and_the_others_get_the_mail(self, pat: Mailbox, tester: Mailbox) -> None:
        refusals = pat.send(mail("Hello", "nobody@example.org", TESTER, "no address", ""))
        assert [refusal.address for refusal in refusals] == ["nobody@example.org", "no address", ""]
        assert "nobody@example.org" in refusals[0].reason
        assert all(refusal.reason.endswith(".") for refusal in refusals)
        assert len(self.contents(tester)) == 1

    def test_the_same_mail_sent_twice_comes_at_least_once(self, pat: Mailbox, tester: Mailbox) -> None:
        for _ in range(2):
            pat.send(mail("Again"))
        assert set(self.contents(tester)) == {mail("Again").content}

    def test_a_mail_waits_under_one_handle_until_it_is_settled(self, post: PostOffice, pat: Mailbox) -> None:
        for text in ("One", "Two", "Three"):
            pat.send(mail(text, PAT))
        first = [each.handle for each in pat.pending()]
        assert len(set(first)) == 3
        assert [each.handle for each in post.mailbox(PAT).pending()] == first
        pat.settle(first[1])
        pat.send(mail("Four", PAT))
        assert [each.handle for each in pat.pending()][:2] == [first[0], first[2]]

    def test_a_settled_mail_does_not_come_back(self, post: PostOffice, pat: Mailbox) -> None:
        pat.send(mail("Once", PAT))
        (arrived,) = pat.pending()
        pat.settle(arrived.handle)
        assert self.contents(pat) == self.contents(post.mailbox(PAT)) == []

    def test_settling_twice_or_in_vain_is_silent(self, pat: Mailbox) -> None:
        pat.send(mail("Once", PAT))
        pat.send(mail("Stays", PAT))
        handle = next(iter(pat.pending())).handle
        for each in (handle, handle, "never-there", "../../x", ""):
            pat.settle(each)
        assert self.contents(pat) == [mail("Stays").content]

    def test_a_mail_may_be_settled_while_others_are_read(self, pat: Mailbox) -> None:
        for number in range(5):
            pat.send(mail(f"Number {number}", PAT))
        taken: list[IncomingMail] = []
        for arrived in pat.pending():
            taken.append(arrived)
            pat.settle(arrived.handle)
        assert [self.as_sent(each.content) for each in taken] == [mail(f"Number {each}").content for each in range(5)]
        assert self.contents(pat) == []

    def test_a_mail_that_is_too_large_is_told_but_not_read(self, pat: Mailbox) -> None:
        pat.send(OutgoingMail(PAT, (PAT,), b"x" * (SIZE_LIMIT - self.added)))
        pat.send(OutgoingMail(PAT, (PAT,), b"x" * (SIZE_LIMIT + 1)))
        fits, too_large = pat.pending()
        assert fits.content is not None
        assert too_large.content is None
        assert 0 <= too_large.size - (SIZE_LIMIT + 1) <= self.added
        pat.settle(too_large.handle)
        assert len(list(pat.pending())) == 1

    def test_handles_can_be_stored_and_shown(self, pat: Mailbox) -> None:
        pat.send(mail("Hello", PAT))
        (arrived,) = pat.pending()
        assert arrived.handle
        assert arrived.handle.isprintable()
        assert arrived.handle.isascii()
