"""A second device of a subscriber: the first one vouches for it, so that no owner has to be asked (protocol 3)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from osync.engine.installation import Installation, Run
from osync.engine.letters import DEVICE_NAME, VOUCHER, put_accept_again
from osync.engine.posting import send_outbox
from osync.engine.report import Report
from osync.errors import ConfigurationError
from osync.ical.texts import clean_line, cut_text
from osync.message.device import (
    DeviceAnswer,
    DeviceCode,
    Vouched,
    read_device_code,
    vouch,
    write_device_answer,
    write_device_code,
)
from osync.message.manifest import MAX_DEVICE_CHARACTERS
from osync.model import LISTENING, Subscription, Trust
from osync.sync.heal import after_accepting


@dataclass(frozen=True, slots=True)
class AllowedDevice:
    """What the first device says: the text of its answer, for whom it is, and the shares in it."""

    text: str
    device: DeviceCode
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """What a new device did: the shares it follows from now on, and those that it knew before."""

    report: Report
    shares: tuple[str, ...]
    known: tuple[str, ...]


def device_code(installation: Installation, name: str) -> str:
    """Give the code of this device, for the first one; owners see it under this name."""
    called = cut_text(clean_line(name), MAX_DEVICE_CHARACTERS)
    with installation.ledger.transaction():
        installation.ledger.set_setting(DEVICE_NAME, called)
    return write_device_code(DeviceCode(installation.identity().public, called))


def allow_device(installation: Installation, line: str) -> AllowedDevice:
    """Vouch for another device of ours, for every share that we follow. ConfigurationError for a line that is no code."""
    identity, code = installation.identity(), read_device_code(line)
    if code.public == identity.public:
        raise ConfigurationError(
            "This is the code of this device.", advice="Make one on the new device: osync device code."
        )
    followed = [each for each in installation.ledger.subscriptions.all() if each.state in LISTENING]
    if not followed:
        raise ConfigurationError("This device follows no share.", advice="On the new one, accept invitations as here.")
    live = installation.ledger.subscriptions.live_count
    vouched = tuple(
        vouch(identity, code.public, replace(each, expected=max(each.expected, live(each.share_id))))
        for each in followed
    )
    answer = DeviceAnswer(identity.public, installation.name, installation.address, vouched)
    text = write_device_answer(answer, identity, code.public, installation.world.random_bytes)
    return AllowedDevice(text, code, tuple(each.share_name for each in followed))


def join(installation: Installation, answer: DeviceAnswer, calendar: Callable[[Subscription], str]) -> Joined:
    """Follow the shares of the first device, into the calendar that `calendar` gives for each. A second time is silent."""
    report, run = Report(), Run(installation, "device join")
    subscriptions = installation.ledger.subscriptions
    new = [each for each in answer.vouched if subscriptions.get(each.subscription.share_id) is None]
    with installation.ledger.transaction():
        for each in new:
            _follow(installation, run, report, answer, each, calendar(each.subscription))
    send_outbox(installation, report)
    run.finish()
    known = [each for each in answer.vouched if each not in new]
    return Joined(report, _names(new), _names(known))


def _follow(
    installation: Installation, run: Run, report: Report, answer: DeviceAnswer, vouched: Vouched, calendar: str
) -> None:
    ledger, found = installation.ledger, vouched.subscription
    asking = after_accepting(0, installation.now)
    # Whoever hands us an answer could write it: that a code was compared has to be said on this computer.
    joining = replace(
        found, calendar=calendar, trust=Trust.TOFU, ask_at=asking.ask_at, asked_at=asking.asked_at, asks=asking.asks
    )
    ledger.set_setting(VOUCHER + found.share_id, (answer.signer.public_key + vouched.voucher).hex())
    ledger.subscriptions.put(joining)
    ledger.subscriptions.drop_invitation(found.share_id, found.owner_key)
    put_accept_again(installation, run, report, joining)


def _names(vouched: list[Vouched]) -> tuple[str, ...]:
    return tuple(each.subscription.share_name for each in vouched)
