"""What one computer of a user tells another about keys, shares and subscriptions, as JSON documents (docs/format.md)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from osync.errors import MessageTooNewError
from osync.message.fields import Fields, Json, damaged, parse, write_base64
from osync.message.identity import Identity, identities_from, public_identity, share_id
from osync.message.manifest import Succession
from osync.model import (
    Approval,
    Carrier,
    Delivery,
    PrivacyLevel,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
    Trust,
)

_KEY = 64
_TOKEN = 16
_SIGNATURE = 64
_NAME = 1_000
_MOST = 1_000
_MOST_SUBSCRIBERS = 10_000
_MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class FormerKey:
    """A public key that was ours, and until when its private half is kept."""

    public_key: bytes
    until: int


@dataclass(frozen=True, slots=True)
class ExportedShare:
    """A share of ours with everybody it is offered to, how many events it has, and the changes of our key since it was made."""

    share: Share
    subscribers: tuple[Subscriber, ...]
    events: int
    successions: tuple[Succession, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportedSubscription:
    """A share that we follow, and the changes of our key since we do."""

    subscription: Subscription
    successions: tuple[Succession, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportedIdentity:
    """Everything with which another computer can go on: keys, own shares, and the shares of others.

    `message_time` (ms) is the highest time of a message that was sent: lower ones would count as replays.
    """

    made_at: int
    message_time: int
    identity: Identity
    former: tuple[FormerKey, ...]
    shares: tuple[ExportedShare, ...]
    subscriptions: tuple[ExportedSubscription, ...]


def write_exported(exported: ExportedIdentity) -> bytes:
    """Write the document; it holds private keys."""
    identity = exported.identity
    document: dict[str, Json] = {
        "v": 1,
        "min": 1,
        "ts": exported.made_at,
        "n": exported.message_time,
        "keys": [{"k": write_base64(key.to_bytes())} for key in (identity, *identity.former)],
        "former": [{"k": write_base64(each.public_key), "until": each.until} for each in exported.former],
        "shares": [_write_share(each) for each in exported.shares],
        "subscriptions": [
            {**write_subscription(each.subscription), "changes": _write_successions(each.successions)}
            for each in exported.subscriptions
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_exported(document: bytes) -> ExportedIdentity:
    """Read the document. Raises what `fields` raises."""
    fields = parse(document)
    if fields.integer("min", low=1) > 1:
        raise MessageTooNewError("The file needs a newer OSync.")
    keys = b"".join(each.base64("k", _KEY) for each in fields.inners("keys", _MOST_KEYS))
    if not keys:
        raise damaged("it holds no key")
    present, *former = identities_from(keys)
    return ExportedIdentity(
        made_at=fields.integer("ts"),
        message_time=fields.integer("n"),
        identity=Identity(present.public, present.to_bytes(), tuple(former)),
        former=tuple(
            FormerKey(each.base64("k", _KEY), each.integer("until")) for each in fields.inners("former", _MOST_KEYS)
        ),
        shares=tuple(map(_read_share, fields.inners("shares", _MOST))),
        subscriptions=tuple(
            ExportedSubscription(read_subscription(each), _read_successions(each))
            for each in fields.inners("subscriptions", _MOST)
        ),
    )


def _write_share(exported: ExportedShare) -> dict[str, Json]:
    share = exported.share
    return {
        "s": share.share_id, "name": share.name, "calendar": share.calendar, "category": share.category,
        "level": share.level, "notes": share.notes, "sn": share.nonce.hex(), "sk": share.key.hex(),
        "e": share.epoch, "floor": share.floor.isoformat(), "ck": write_base64(share.creator_key),
        "approve": share.approval, "mode": share.delivery, "list": share.list_address, "enc": share.encrypted,
        "verified": share.verified_only, "carrier": share.carrier, "count": exported.events,
        "subscribers": [_write_subscriber(each) for each in exported.subscribers],
        "changes": _write_successions(exported.successions),
    }  # fmt: skip


def _read_share(fields: Fields) -> ExportedShare:
    creator, nonce = fields.base64("ck", _KEY), bytes.fromhex(fields.hexadecimal("sn", 32))
    identifier = fields.key("s")
    if identifier != share_id(public_identity(creator), nonce):
        raise damaged("it names a share that does not belong to its key")
    share = Share(
        share_id=identifier,
        name=fields.text("name", _NAME),
        calendar=fields.text("calendar", _NAME),
        category=fields.text("category", _NAME),
        level=fields.choice("level", PrivacyLevel),
        notes=fields.flag("notes"),
        state=ShareState.PASSIVE,
        nonce=nonce,
        key=bytes.fromhex(fields.hexadecimal("sk", 64)),
        writer="",
        epoch=fields.integer("e"),
        head=1,
        sent=1,
        collected=1,
        floor=fields.day("floor"),
        unread=True,
        creator_key=creator,
        approval=fields.choice("approve", Approval),
        delivery=fields.choice("mode", Delivery),
        list_address=fields.text("list", _NAME),
        encrypted=fields.flag("enc"),
        verified_only=fields.flag("verified"),
        carrier=fields.choice("carrier", Carrier) if fields.has("carrier") else Carrier.ATTACH,
    )
    subscribers = (_read_subscriber(identifier, each) for each in fields.inners("subscribers", _MOST_SUBSCRIBERS))
    return ExportedShare(share, tuple(subscribers), fields.integer("count"), _read_successions(fields))


def _write_subscriber(subscriber: Subscriber) -> dict[str, Json]:
    return {
        "addr": subscriber.address, "name": subscriber.name, "key": subscriber.public_key.hex(),
        "state": subscriber.state, "token": subscriber.token.hex(), "until": subscriber.token_until,
        "n": subscriber.counter, "dev": subscriber.device, "trust": subscriber.trust, "max": subscriber.max_bytes,
        "plain": subscriber.plain, "heard": subscriber.confirmed_at,
    }  # fmt: skip


def _read_subscriber(share: str, fields: Fields) -> Subscriber:
    return Subscriber(
        share_id=share,
        address=fields.text("addr", _NAME),
        name=fields.text("name", _NAME),
        public_key=_all_or_nothing(fields, "key", _KEY),
        state=fields.choice("state", SubscriberState),
        token=_all_or_nothing(fields, "token", _TOKEN),
        token_until=fields.integer("until"),
        counter=fields.integer("n"),
        device=fields.text("dev", _NAME),
        trust=fields.choice("trust", Trust),
        max_bytes=fields.integer("max"),
        plain=fields.flag("plain"),
        confirmed_at=fields.integer("heard"),
    )


def _all_or_nothing(fields: Fields, name: str, size: int) -> bytes:
    """Give `size` bytes written in hex digits, or none."""
    digits = fields.hexadecimal(name, 0, 2 * size)
    if len(digits) not in (0, 2 * size):
        raise damaged(f"its field {name} is not as long as it must be")
    return bytes.fromhex(digits)


def write_subscription(subscription: Subscription) -> dict[str, Json]:
    """Write what another device needs to follow a share, without the token and the calendar."""
    return {
        "s": subscription.share_id, "name": subscription.share_name, "sn": subscription.nonce.hex(),
        "key": write_base64(subscription.owner_key), "ck": write_base64(subscription.creator_key),
        "owner": subscription.owner_name, "addr": subscription.owner_address, "as": subscription.sender,
        "level": subscription.level, "enc": subscription.encrypted, "trust": subscription.trust,
        "count": subscription.expected,
    }  # fmt: skip


def read_subscription(fields: Fields) -> Subscription:
    """Read what `write_subscription` wrote, as a subscription that has not joined and has no calendar."""
    creator, nonce = fields.base64("ck", _KEY), bytes.fromhex(fields.hexadecimal("sn", 32))
    identifier = fields.key("s")
    if identifier != share_id(public_identity(creator), nonce):
        raise damaged("it names a share that does not belong to its key")
    return Subscription(
        share_id=identifier,
        share_name=fields.line("name", 60),
        owner_key=fields.base64("key", _KEY),
        owner_name=fields.line("owner", 60),
        owner_address=fields.address("addr"),
        sender=fields.line("as", 60),
        calendar="",
        state=SubscriptionState.JOINING,
        encrypted=fields.flag("enc"),
        expected=fields.integer("count"),
        held_because="",
        creator_key=creator,
        nonce=nonce,
        level=fields.choice("level", PrivacyLevel),
        trust=fields.choice("trust", Trust),
    )


def _write_successions(successions: Iterable[Succession]) -> Json:
    return [
        {"k": write_base64(each.old_key), "old": write_base64(each.old_signature), "new": write_base64(each.new_signature)}
        for each in successions
    ]  # fmt: skip


def _read_successions(fields: Fields) -> tuple[Succession, ...]:
    rows = fields.inners("changes", _MOST_KEYS) if fields.has("changes") else []
    return tuple(
        Succession(each.base64("k", _KEY), each.base64("old", _SIGNATURE), each.base64("new", _SIGNATURE))
        for each in rows
    )
