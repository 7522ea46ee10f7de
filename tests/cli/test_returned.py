"""A mail that came back, as the owner sees it."""

from cli.people import Pair
from message.bounce_samples import EXIM, OUR_ID, PEER

from osync.message.header import read_header


def test_status_tells_who_gets_nothing_and_how_they_get_it_again(joined: Pair) -> None:
    pat, tester = joined.pat, joined.tester
    pat.put("Dinner", hour=19)
    pat.done("sync")
    (mail,) = tester.inbox()
    our_id = read_header(mail.read_bytes()).first("message-id")
    pat.deliver(EXIM.replace(OUR_ID.encode(), our_id.encode()).replace(PEER.encode(), tester.address.encode()))
    said = pat.done("sync")
    assert "Mail received: The update mail did not reach tester@example.org. Mails come back:" in said
    assert "Message rejected as spam" in said
    status = pat.done("status")
    assert "you share   team: 2 events, 0 subscribers\n" in status
    assert "tester@example.org (suspended): Mails come back:" in status
    assert "osync share invite team tester@example.org" in status
    log = pat.done("log")
    assert "tester@example.org did not get it" in log
    pat.done("share", "invite", "team", tester.address)
    assert "suspended" not in pat.done("status")
    tester.done("sync")
    assert tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
