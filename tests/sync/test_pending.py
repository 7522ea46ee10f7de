"""The list of invitations: short, forgetful, and not to be filled by one stranger."""

from dataclasses import replace

from osync.model import Invitation, PrivacyLevel, Trust
from osync.sync.pending import AT_ONCE, KEPT_SECONDS, list_invitation, still_waiting

NOW = 1_790_000_000
DAY = 24 * 3600


def _invitation(number: int, *, address: str = "", key: bytes = b"", at: int = NOW) -> Invitation:
    return Invitation(
        share_id=f"{number:026}", share_name=f"share {number}", owner_key=key or bytes([number]) * 64,
        owner_name="Pat", owner_address=address or f"{number}@example.org", nonce=bytes(16), level=PrivacyLevel.FULL,
        encrypted=True, token=bytes(16), until=0, count=1, received_at=at, warning="",
    )  # fmt: skip


def test_an_invitation_waits_for_thirty_days() -> None:
    waiting = [_invitation(1)]
    assert still_waiting(waiting, NOW + KEPT_SECONDS - 1) == waiting
    assert still_waiting(waiting, NOW + KEPT_SECONDS) == []


def test_what_is_too_old_leaves_the_list_when_another_comes() -> None:
    old, new = _invitation(1, at=NOW - KEPT_SECONDS), _invitation(2)
    listing = list_invitation(new, [old], NOW)
    assert (listing.written, listing.dropped) == ((new,), (old,))


def test_the_oldest_makes_room_for_the_newest() -> None:
    waiting = [_invitation(number, at=NOW - 100 + number) for number in range(AT_ONCE)]
    listing = list_invitation(_invitation(50), waiting, NOW)
    assert listing.dropped == (waiting[0],)


def test_the_same_invitation_again_takes_the_place_of_the_old_one() -> None:
    again = _invitation(1, at=NOW + 5)
    listing = list_invitation(again, [_invitation(1)], NOW + 5)
    assert (listing.written, listing.dropped) == ((again,), ())


def test_a_mail_takes_nothing_away_from_what_a_code_proved() -> None:
    proven = replace(_invitation(1), trust=Trust.VERIFIED)
    (written,) = list_invitation(replace(_invitation(1), warning="odd"), [proven], NOW).written
    assert (written.trust, written.warning) == (Trust.VERIFIED, "")


def test_a_second_key_under_the_same_address_is_refused_for_a_day_and_the_first_is_marked() -> None:
    first = _invitation(1, address="pat@example.org")
    second = _invitation(2, address="Pat@Example.org", at=NOW + DAY - 1)
    listing = list_invitation(second, [first], NOW + DAY - 1)
    assert "Another key" in listing.refusal
    (marked,) = listing.written
    assert marked.share_id == first.share_id
    assert "compare the safety code" in marked.warning
    assert list_invitation(second, [first], NOW + DAY).written == (second,)


def test_one_owner_may_offer_several_shares_but_not_any_number_a_day() -> None:
    waiting: list[Invitation] = []
    for number in range(8):
        waiting += list_invitation(_invitation(number, address="pat@example.org", key=bytes(64)), waiting, NOW).written
    assert len(waiting) == 5
    assert list_invitation(_invitation(9, address="pat@example.org", key=bytes(64)), waiting, NOW).refusal
