"""Cyrus IMAP 3: IMAP with IDLE, LMTP and CalDAV, on free ports of loopback, with folders and certificates of its own.

Its IMAP service conflicts with Dovecot's package, so `./run` unpacks that into .beds/cyrus; the rest is Debian's.
"""

import contextlib
import imaplib
import os
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

from beds.authority import Authority
from beds.processes import BedError, bed_folder, end, free_ports, listens, run, start, wait_until

_PROGRAMS = Path("/usr/lib/cyrus/bin")
_UNPACKED = Path(__file__).parents[2] / ".beds" / "cyrus" / "usr" / "lib" / "cyrus" / "bin"
_REALM = "example.test"
_FOLDERS = ("conf/socket", "conf/proc", "conf/user", "spool", "sock", "sieve", "run", "lock", "bin", "tls")
_SPECIAL = "Sent|Drafts|Trash|Junk|Archive"
_SETTINGS = """\
configdirectory: {base}/conf
proc_path: {base}/run/proc
mboxname_lockpath: {base}/lock
defaultpartition: default
partition-default: {base}/spool
altnamespace: yes
unixhierarchysep: yes
servername: {realm}
virtdomains: off
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {base}/sasldb2
sasl_mech_list: PLAIN LOGIN SCRAM-SHA-256 DIGEST-MD5
autocreate_quota: 0
autocreate_inbox_folders: {special}
autocreate_subscribe_folders: {special}
xlist-sent: Sent
xlist-drafts: Drafts
xlist-trash: Trash
xlist-junk: Junk
xlist-archive: Archive
httpmodules: caldav
caldav_realm: osync
caldav_create_default: yes
caldav_create_sched: no
tls_server_cert: {certificate}
tls_server_key: {key}
lmtpsocket: {base}/sock/lmtp
idlesocket: {base}/sock/idle
notifysocket: {base}/sock/notify
sieveusehomedir: false
sievedir: {base}/sieve
syslog_prefix: osync
conversations: no
"""
_SERVICES = """\
START {{
 recover cmd="{programs}/ctl_cyrusdb -C {base}/imapd.conf -r"
}}
SERVICES {{
 imap cmd="{base}/bin/imapd -C {base}/imapd.conf -U 30" listen="127.0.0.1:{imap}" prefork=0 maxchild=100
 imaps cmd="{base}/bin/imapd -C {base}/imapd.conf -s -U 30" listen="127.0.0.1:{imaps}" prefork=0 maxchild=100
 http cmd="{programs}/httpd -C {base}/imapd.conf -U 30" listen="127.0.0.1:{http}" prefork=0 maxchild=50
 https cmd="{programs}/httpd -C {base}/imapd.conf -s -U 30" listen="127.0.0.1:{https}" prefork=0 maxchild=50
 lmtpunix cmd="{programs}/lmtpd -C {base}/imapd.conf -a" listen="{base}/sock/lmtp" prefork=0 maxchild=20
 lmtp cmd="{programs}/lmtpd -C {base}/imapd.conf -a" listen="127.0.0.1:{lmtp}" prefork=0 maxchild=20
}}
DAEMON {{
 idled cmd="{base}/bin/idled -C {base}/imapd.conf -d" wait=n
}}
EVENTS {{
 checkpoint cmd="{programs}/ctl_cyrusdb -C {base}/imapd.conf -c" period=30
}}
"""


class Cyrus:
    """A running server. Everybody's password is their name and "-pw"; alice and bob are there from the beginning.

    LMTP takes mail for USER@example.test and for bare user names, without signing in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "log"
        self._users = 0
        self.imap, self.imaps, self.http, self.https, self.lmtp = free_ports(5)
        authority = Authority(folder / "ca")
        self.ca_file = authority.ca_file
        self._write_settings(authority)
        for user in ("cyrus", "alice", "bob"):
            self._set_password(user)
        _give_to_cyrus(folder)
        self._master = self._start()
        for user in ("alice", "bob"):
            self._first_login(user)

    @property
    def caldav(self) -> str:
        """The URL of CalDAV without TLS."""
        return f"http://localhost:{self.http}/dav/"

    @property
    def caldavs(self) -> str:
        """The URL of CalDAV over TLS."""
        return f"https://localhost:{self.https}/dav/"

    @staticmethod
    def password(user: str) -> str:
        """Give a user's password."""
        return f"{user}-pw"

    def add_user(self, user: str) -> None:
        """Make another account, with mailbox and calendar home."""
        self._set_password(user)
        self._first_login(user)

    def new_user(self) -> str:
        """Make an account that nobody has used, and give its name."""
        self._users += 1
        user = f"user{self._users}"
        self.add_user(user)
        return user

    def let_read(self, owner: str, calendar: str, reader: str) -> None:
        """Let another user read one calendar of an account, and no more."""
        mailbox = f'"user/{owner}/#calendars/{calendar}"'
        with self.log_in("cyrus") as administrator:
            administrator.setacl(mailbox, reader, "lr")

    def stop(self) -> None:
        """End the server and wait for it."""
        end(self._master, signal.SIGQUIT)

    def restart(self) -> None:
        """End the server and start it again at the same ports with the same mails and calendars."""
        self.stop()
        self._master = self._start()

    def log_in(self, user: str) -> imaplib.IMAP4_SSL:
        """Give an IMAP connection of a user, for what another program does."""
        trusted = ssl.create_default_context(cafile=str(self.ca_file))
        connection = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=trusted, timeout=10)
        connection.login(user, self.password(user))
        return connection

    def _start(self) -> "subprocess.Popen[bytes]":
        settings = ("-C", str(self._folder / "imapd.conf"), "-M", str(self._folder / "cyrus.conf"))
        files = ("-p", str(self._folder / "master.pid"), "-L", str(self._folder / "master.log"))
        master = start([str(_PROGRAMS / "master"), *settings, *files], self._log)
        ports = (self.imaps, self.imap, self.http, self.https, self.lmtp)
        wait_until(lambda: all(map(listens, ports)), master, self._log)
        return master

    def _write_settings(self, authority: Authority) -> None:
        for name in _FOLDERS:
            (self._folder / name).mkdir(parents=True)
        for name in ("imapd", "idled"):
            shutil.copy(_UNPACKED / name, self._folder / "bin" / name)
        server = authority.issue("server", "localhost", "127.0.0.1")
        files = {"certificate": server.certificate, "key": server.key, "base": self._folder, "programs": _PROGRAMS}
        ports = {"imap": self.imap, "imaps": self.imaps, "http": self.http, "https": self.https, "lmtp": self.lmtp}
        values = {**files, **ports, "realm": _REALM, "special": _SPECIAL}
        (self._folder / "imapd.conf").write_text(_SETTINGS.format(**values))
        (self._folder / "cyrus.conf").write_text(_SERVICES.format(**values))

    def _set_password(self, user: str) -> None:
        where = ("-p", "-c", "-f", str(self._folder / "sasldb2"), "-u", _REALM)
        run(["/usr/sbin/saslpasswd2", *where, user], given=self.password(user).encode())

    def _first_login(self, user: str) -> None:
        """Log in once: that makes the mailbox, and CalDAV answers 500 before there is one."""
        self.log_in(user).logout()


def _give_to_cyrus(folder: Path) -> None:
    for place, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            shutil.chown(Path(place, name), "cyrus", "mail")


@contextlib.contextmanager
def running_cyrus() -> Iterator[Cyrus]:
    """Start a server below a folder of its own, and end it. BedError says what is missing."""
    missing = [path for path in (_PROGRAMS / "httpd", _UNPACKED / "imapd") if not path.exists()]
    if missing:
        raise BedError(f"Cyrus is not complete ({missing[0]} is missing). Run ./run test once, or ./run beds.")
    if os.geteuid() != 0:
        raise BedError("Cyrus changes its user and so has to be started by root. Run the tests as root, or with sudo.")
    with bed_folder("cyrus") as folder:
        cyrus = Cyrus(folder)
        try:
            yield cyrus
        finally:
            cyrus.stop()
