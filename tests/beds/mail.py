"""Dovecot (IMAP, LMTP, quota) and Postfix (submission with TLS first and with STARTTLS), on free ports of loopback.

No mail leaves: Postfix knows example.org and example.test, and refuses everything else.
"""

import base64
import contextlib
import hashlib
import hmac
import imaplib
import json
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from beds.accounts import Account
from beds.authority import Authority
from beds.processes import BedError, bed_folder, end, free_ports, listens, start, wait_until

from osync.credentials import Login
from osync.mailboxes.internet import InternetSettings, Server
from osync.network import Network

USERS = ("pat", "tester", "third", "alice", "bob", "carol", "dave", "erin", "many", "full")
FULL = "full@example.org"
QUOTA_BYTES = 20_000
HASHED = "dave@example.org"
"""Of his password the server knows only a hash, so that it cannot do SCRAM for him, although it offers it."""

_NEEDED = ("/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp", "/usr/sbin/postfix")
_OWNER = "mail"
_PATIENCE = 20.0
_TOKEN_KEY = b"a key that only the tests know, and Dovecot"
_DOVECOT = """\
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = {only_encrypted}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
auth_username_format = %Lu
mail_uid = {owner}
mail_gid = {owner}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
mail_plugins = quota
default_internal_user = dovecot
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login scram-sha-1 scram-sha-256
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {base}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Archive {{
    auto = subscribe
    special_use = \\Archive
  }}
}}
plugin {{
  quota = maildir:User quota
}}
protocol imap {{
  mail_max_userip_connections = 100
  imap_idle_notify_interval = 60 s
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
# Tokens are signed by a key that both sides know (RFC 7519, HS256), so that no server has to be asked.
_OAUTH = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={base}/keys/
username_attribute = email
"""
_POSTFIX = """\
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/postfix-data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
shlib_directory = /usr/lib/postfix
maillog_file = {base}/postfix.log
maillog_file_prefixes = {base}
myhostname = mail.example.test
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
local_header_rewrite_clients =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = error:no mail leaves the tests
relayhost =
virtual_mailbox_domains = example.org, example.test
virtual_mailbox_maps = texthash:{base}/recipients
virtual_alias_maps = {aliases}
virtual_transport = lmtp:{lmtp}
transport_maps = {transport}
virtual_mailbox_limit = 0
lmtp_destination_concurrency_limit = 1
lmtp_line_length_limit = 0
smtp_line_length_limit = 0
biff = no
append_dot_mydomain = no
smtputf8_enable = yes
smtputf8_autodetect_classes = all
message_size_limit = {size_limit}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = {base}/run/auth-client
smtpd_sasl_security_options = noanonymous
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_reject_unlisted_recipient = yes
smtpd_recipient_limit = {recipient_limit}
smtpd_delay_reject = no
smtpd_hard_error_limit = 1000
smtpd_error_sleep_time = 0
in_flow_delay = 0
bounce_queue_lifetime = 1h
"""
_MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=yes
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
127.0.0.1:{plain} inet n - n - - smtpd
  -o smtpd_tls_security_level=none
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=no
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class MailTraits:
    """How a bed differs from the usual one. With an `lmtp` port, mail is delivered there, to USER@example.test.

    With a `neighbour` port, only the mail for addresses at example.test is delivered there.
    """

    expired: bool = False
    lmtp: int = 0
    neighbour: int = 0
    size_limit: int = 50_000_000
    recipient_limit: int = 1_000
    mechanisms: str = "plain login scram-sha-1 scram-sha-256 xoauth2 oauthbearer"


class MailBed:
    """Running servers. Everybody's password is their name and "-pw"; see USERS, who have addresses at example.org."""

    def __init__(self, folder: Path, traits: MailTraits) -> None:
        self.folder = folder
        self._traits = traits
        self.imap, self.imaps, self.smtp, self.smtps, self.plain_smtp = free_ports(5)
        authority = Authority(folder / "ca")
        self.ca_file = authority.ca_file
        self._write_settings(authority)
        self._dovecot = self._start_dovecot()
        self._postfix = self._start_postfix()

    @staticmethod
    def password(address: str) -> str:
        """Give the password of an address."""
        return address.partition("@")[0].lower() + "-pw"

    def account(self, address: str, *, starttls: bool = False) -> Account:
        """Give an account at these servers, reached with TLS from the beginning or later."""
        imap = f"imap://localhost:{self.imap}" if starttls else f"imaps://localhost:{self.imaps}"
        smtp = f"smtp://localhost:{self.smtp}" if starttls else f"smtps://localhost:{self.smtps}"
        return Account(
            address,
            InternetSettings(Server(imap, address), Server(smtp, address)),
            Login(address, lambda: self.password(address)),
            Network(ca_file=str(self.ca_file), timeout=20),
            lambda: self.log_in(address),
        )

    def log_in(self, address: str) -> imaplib.IMAP4_SSL:
        """Give an IMAP connection of an account, for what another program does."""
        trusted = ssl.create_default_context(cafile=str(self.ca_file))
        connection = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=trusted, timeout=20)
        connection.login(address, self.password(address))
        return connection

    @staticmethod
    def token(address: str, *, lifetime: int = 3_600) -> str:
        """Give an access token for an address (RFC 7519); with a negative `lifetime` it has expired."""
        now = int(time.time())
        claims = {"email": address, "iat": now - 7_200, "nbf": now - 7_200, "exp": now + lifetime, "sub": address}
        parts = [{"alg": "HS256", "typ": "JWT"}, claims]
        signed = b".".join(_without_padding(json.dumps(part).encode()) for part in parts)
        signature = hmac.new(_TOKEN_KEY, signed, hashlib.sha256).digest()
        return (signed + b"." + _without_padding(signature)).decode()

    def maildir(self, address: str) -> Path:
        """Give the folder of an account's INBOX."""
        return self.folder / "homes" / address.partition("@")[0] / "Maildir"

    def restart_imap(self) -> None:
        """End Dovecot and start it again at the same ports."""
        end(self._dovecot)
        self._dovecot = self._start_dovecot()

    def stop_imap(self) -> None:
        """End Dovecot."""
        end(self._dovecot)

    def restart_smtp(self) -> None:
        """End Postfix and start it again at the same ports."""
        self._stop_postfix()
        self._postfix = self._start_postfix()

    def stop(self) -> None:
        """End both servers and wait for them."""
        self._stop_postfix()
        end(self._dovecot)

    def _start_dovecot(self) -> "subprocess.Popen[bytes]":
        log = self.folder / "dovecot.log"
        process = start(["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")], log)
        wait_until(lambda: listens(self.imap) and listens(self.imaps), process, log)
        return process

    def _start_postfix(self) -> "subprocess.Popen[bytes]":
        log = self.folder / "postfix.start"
        process = start(["/usr/sbin/postfix", "-c", str(self.folder / "postfix"), "start-fg"], log)
        wait_until(lambda: listens(self.smtp) and listens(self.smtps) and listens(self.plain_smtp), process, log)
        return process

    def _stop_postfix(self) -> None:
        """End Postfix' master, which leaves the session of the program that started it and waits for it."""
        with contextlib.suppress(OSError, ValueError):
            master = int((self.folder / "queue" / "pid" / "master.pid").read_text())
            os.killpg(master, signal.SIGTERM)
        self._postfix.wait(timeout=_PATIENCE)
        end(self._postfix)
        deadline = time.monotonic() + _PATIENCE
        while any(map(listens, (self.smtp, self.smtps, self.plain_smtp))) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _write_settings(self, authority: Authority) -> None:
        for name in ("run", "state", "queue", "postfix", "postfix-data", "homes"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "postfix-data", "postfix")
        shutil.chown(self.folder / "homes", _OWNER, _OWNER)
        server = authority.issue("server", "localhost", "127.0.0.1", expired=self._traits.expired)
        ports = {"imap": self.imap, "imaps": self.imaps, "smtp": self.smtp, "smtps": self.smtps}
        values = {
            **ports,
            "plain": self.plain_smtp,
            "base": self.folder,
            "certificate": server.certificate,
            "key": server.key,
            "owner": _OWNER,
            "ssl": "yes",
            "only_encrypted": "yes",
            "mechanisms": self._traits.mechanisms,
            "lmtp": f"inet:127.0.0.1:{self._traits.lmtp}" if self._traits.lmtp else f"unix:{self.folder}/run/lmtp",
            "aliases": f"texthash:{self.folder}/aliases" if self._traits.lmtp else "",
            "transport": _transport(self._traits.neighbour),
            "size_limit": self._traits.size_limit,
            "recipient_limit": self._traits.recipient_limit,
        }
        (self.folder / "dovecot.conf").write_text(_DOVECOT.format(**values))
        (self.folder / "oauth2.conf").write_text(_OAUTH.format(**values))
        key = self.folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(_TOKEN_KEY))
        (self.folder / "postfix" / "main.cf").write_text(_POSTFIX.format(**values))
        (self.folder / "postfix" / "master.cf").write_text(_MASTER.format(**values))
        (self.folder / "recipients").write_text(
            "".join(f"{user}@example.org x\n{user}@example.test x\n" for user in USERS)
        )
        (self.folder / "aliases").write_text("".join(f"{user}@example.org {user}@example.test\n" for user in USERS))
        (self.folder / "users").write_text("".join(map(self._account, USERS)))

    def _account(self, user: str) -> str:
        owner = pwd.getpwnam(_OWNER)
        extra = f"userdb_quota_rule=*:bytes={QUOTA_BYTES}" if f"{user}@example.org" == FULL else ""
        home = self.folder / "homes" / user
        password = f"{{PLAIN}}{user}-pw"
        if f"{user}@example.org" == HASHED:
            salt = b"salt"
            digest = hashlib.sha256(f"{user}-pw".encode() + salt).digest()
            password = f"{{SSHA256}}{base64.b64encode(digest + salt).decode()}"
        return f"{user}@example.org:{password}:{owner.pw_uid}:{owner.pw_gid}::{home}::{extra}\n"


def _transport(port: int) -> str:
    return f"inline:{{ example.test=lmtp:inet:127.0.0.1:{port} }}" if port else ""


def _without_padding(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@contextlib.contextmanager
def running_mail(traits: MailTraits = MailTraits()) -> Iterator[MailBed]:
    """Start both servers below a folder of their own, and end them. BedError says what is missing."""
    missing = [path for path in _NEEDED if not Path(path).exists()]
    if missing:
        raise BedError(
            f"{missing[0]} is missing. Run ./run test, or: apt-get install dovecot-imapd dovecot-lmtpd postfix"
        )
    if os.geteuid() != 0:
        raise BedError(
            "Dovecot and Postfix change their users and so have to be started by root. Run the tests as root."
        )
    with bed_folder("mail") as folder:
        bed = MailBed(folder, traits)
        try:
            yield bed
        finally:
            bed.stop()
