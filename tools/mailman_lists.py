"""Send mails through real Mailman 3 lists; runs in the environment of Mailman, which knows nothing of OSync.

    python mailman_lists.py MAILS RESULTS

Each file of the folder MAILS is posted to a list of each configuration. The queues and runners are Mailman's own, run until
they are empty, and deliver by SMTP to this process. What arrives is written as RESULTS/CONFIGURATION/MAIL.eml. Everything
else lies in a temporary folder.
"""

import socket
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiosmtpd.controller import Controller

_DOMAIN = "lists.example.org"
_READER = "tester@example.org"
_SETTINGS = """
[mailman]
site_owner: postmaster@example.org
layout: here
[paths.here]
var_dir: {folder}/var
[dmarc]
org_domain_data_url: file://{folder}/suffixes.dat
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {port}
[archiver.prototype]
enable: no
[archiver.mail_archive]
enable: no
[archiver.mhonarc]
enable: no
"""
_HEADER = "Posted to $display_name: please stay polite.\n"
_PLAIN_TYPES = ("text/plain",)
_MIXED_TYPES = ("multipart/mixed", "multipart/alternative", "text/plain")


class _Sink:
    """Keeps what Mailman delivers."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802  # aiosmtpd calls it so
        if _READER in envelope.rcpt_tos:
            self.mails.append(envelope.content)
        return "250 OK"


def _configurations() -> dict[str, dict[str, Any]]:
    """Give each kind of list by its name: what differs from a new list, and how the reader gets its mails."""
    from mailman.interfaces.action import FilterAction
    from mailman.interfaces.mailinglist import DMARCMitigateAction, Personalization, ReplyToMunging
    from mailman.interfaces.member import DeliveryMode

    always = {"dmarc_mitigate_unconditionally": True}
    filters = {"filter_content": True, "filter_action": FilterAction.forward}
    return {
        "default": {},
        "munges-from": {**always, "dmarc_mitigate_action": DMARCMitigateAction.munge_from},
        "wraps": {
            **always,
            "dmarc_mitigate_action": DMARCMitigateAction.wrap_message,
            "dmarc_wrapped_message_text": "The mail is in the attached file.",
        },
        "keeps-text-and-mixed": {**filters, "pass_types": _MIXED_TYPES},
        "keeps-plain-text": {**filters, "pass_types": _PLAIN_TYPES},
        "filters-file-endings": {**filters, "filter_extensions": ("exe", "osync")},
        "makes-plain-text": {**filters, "convert_html_to_plaintext": True, "collapse_alternatives": True},
        "anonymous": {"anonymous_list": True, "reply_goes_to_list": ReplyToMunging.point_to_list},
        "personal": {"personalize": Personalization.full},
        "digest-mime": {"delivery": DeliveryMode.mime_digests},
        "digest-plain": {"delivery": DeliveryMode.plaintext_digests},
    }


def _make_list(name: str, settings: dict[str, Any]) -> Any:
    from mailman.app.lifecycle import create_list
    from mailman.interfaces.action import Action
    from mailman.interfaces.member import DeliveryMode, MemberRole
    from mailman.interfaces.template import ITemplateManager
    from mailman.interfaces.usermanager import IUserManager
    from zope.component import getUtility

    made = create_list(f"{name}@{_DOMAIN}")
    made.max_message_size = 0
    made.default_nonmember_action = Action.accept
    made.admin_immed_notify = False
    made.send_welcome_message = False
    made.digest_size_threshold = 0
    for field, value in settings.items():
        if field != "delivery":
            setattr(made, field, value)
    reader = getUtility(IUserManager).get_user(_READER) or getUtility(IUserManager).make_user(_READER)
    address = next(iter(reader.addresses))
    address.verified_on = address.verified_on or made.created_at
    member = made.subscribe(address, MemberRole.member)
    member.preferences.delivery_mode = settings.get("delivery", DeliveryMode.regular)
    if name == "default":
        header = Path(made.data_path) / "header.txt"
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text(_HEADER)
        getUtility(ITemplateManager).set("list:member:regular:header", made.list_id, header.as_uri())
    return made


def _run_queues() -> None:
    """Let every runner work until no queue holds anything."""
    from mailman.config import config
    from mailman.runners.digest import DigestRunner
    from mailman.runners.incoming import IncomingRunner
    from mailman.runners.outgoing import OutgoingRunner
    from mailman.runners.pipeline import PipelineRunner
    from mailman.runners.virgin import VirginRunner
    from mailman.testing.helpers import make_testable_runner

    runners = [
        (IncomingRunner, "in"), (PipelineRunner, "pipeline"), (DigestRunner, "digest"),
        (VirginRunner, "virgin"), (PipelineRunner, "pipeline"), (OutgoingRunner, "out"),
    ]  # fmt: skip
    for runner, queue in runners:
        make_testable_runner(runner, queue).run()
    stuck = {name: len(each.files) for name, each in config.switchboards.items() if each.files}
    if set(stuck) - {"archive", "nntp", "retry"}:
        raise SystemExit(f"Mailman kept mails in its queues: {stuck}")


def _post(made: Any, content: bytes) -> None:
    from mailman.app.digests import maybe_send_digest_now
    from mailman.app.inject import inject_text
    from mailman.database.transaction import transaction

    with transaction():
        inject_text(made, content.decode("ascii").replace("\r\n", "\n"), switchboard="in")
    _run_queues()
    with transaction():
        maybe_send_digest_now(made, force=True)
    _run_queues()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def main(mails: Path, results: Path) -> None:
    """Post every mail to every list."""
    sink = _Sink()
    port = _free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _run(SimpleNamespace(mails=mails, results=results, folder=folder, port=port, sink=sink))
    finally:
        controller.stop()


def _run(job: SimpleNamespace) -> None:
    from mailman.core.initialize import initialize
    from mailman.database.transaction import transaction
    from mailman.interfaces.domain import IDomainManager

    Path(job.folder, "suffixes.dat").write_text("com\norg\n")
    settings = Path(job.folder, "mailman.cfg")
    settings.write_text(_SETTINGS.format(folder=job.folder, port=job.port))
    initialize(str(settings))
    from zope.component import getUtility

    with transaction():
        getUtility(IDomainManager).add(_DOMAIN)
    for name, differing in _configurations().items():
        began = time.monotonic()
        with transaction():
            made = _make_list(name, differing)
        target = job.results / name
        target.mkdir(parents=True, exist_ok=True)
        for mail in sorted(job.mails.iterdir()):
            job.sink.mails.clear()
            _post(made, mail.read_bytes())
            for number, content in enumerate(job.sink.mails):
                ending = f"-{number}.eml" if number else ".eml"
                (target / f"{mail.stem}{ending}").write_bytes(content)
            print(f"{name} {mail.stem}: {len(job.sink.mails)} delivered")
        print(f"{name}: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
