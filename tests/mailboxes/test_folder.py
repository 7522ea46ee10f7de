"""Maildirs below one folder keep the contract, and what drives, synchronising programs and other users do is survived."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from contracts.limits import folder_of_nobody, permissions, room_for
from contracts.mailbox_contract import PAT, TESTER, MailboxContract, PostOffice, contents, mail

from osync.errors import DiskFullError, MailboxUnavailableError
from osync.mailboxes.folder import FolderMailbox

_OLD = (10**18, 10**18)


class _PostOffice:
    def __init__(self, root: Path) -> None:
        self._root = root

    def mailbox(self, address: str) -> FolderMailbox:
        return _opened(self._root, address)


def _opened(root: Path, address: str) -> FolderMailbox:
    mailbox = FolderMailbox(root, address)
    mailbox.open_account()
    return mailbox


@pytest.fixture
def pat(tmp_path: Path) -> FolderMailbox:
    return _opened(tmp_path, PAT)


@pytest.fixture
def tester(tmp_path: Path) -> FolderMailbox:
    return _opened(tmp_path, TESTER)


class TestFolderMailbox(MailboxContract):
    @pytest.fixture
    def post(self, tmp_path: Path) -> PostOffice:
        return _PostOffice(tmp_path)


def test_an_account_is_a_maildir_named_after_the_address(tmp_path: Path) -> None:
    _opened(tmp_path / "post office", "Pat.O-Neill+club@Example.org").open_account()
    account = tmp_path / "post office" / "pat.o-neill+club@example.org"
    assert sorted(path.name for path in account.iterdir()) == ["cur", "new", "tmp"]


@pytest.mark.parametrize(
    "address",
    [
        "../../up@example.org",
        "/root@example.org",
        "..",
        ".hidden@x.org",
        "a\\b@example.org",
        "con",
        "nul.x@y",
        "ends.with.dot@example.org.",
        "a:b*c?<d>|e@example.org",
        '"two words"@example.org',
        "grüße@exämple.org",
        "x" * 300 + "@example.org",
        "%41@example.org",
        "\udcff@example.org",
    ],
)
def test_an_odd_address_is_no_way_out(tmp_path: Path, address: str) -> None:
    root = tmp_path / "root"
    _opened(root, address)
    (account,) = root.iterdir()
    assert re.fullmatch(r"[a-z0-9@_+%-][a-z0-9@._+%~-]*[a-z0-9@_+%~-]", account.name)
    assert not re.match(r"(con|nul)(\.|\Z)", account.name)
    assert len(account.name) <= 200
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_different_addresses_have_different_folders(tmp_path: Path) -> None:
    long = "x" * 300
    for address in ("a@x", "%61@x", "a%@x", "ä@x", "ae@x", "con.x@y", "%63on.x@y", f"{long}@x", f"{long}@y"):
        _opened(tmp_path, address)
    assert len(list(tmp_path.iterdir())) == 9


def test_both_unicode_forms_of_an_address_are_one(tmp_path: Path) -> None:
    composed, taken_apart = _opened(tmp_path, "Ä@x.org"), _opened(tmp_path, "A\u0308@x.org")
    composed.send(mail("Hello", "a\u0308@X.org"))
    assert len(contents(taken_apart)) == len(list(tmp_path.iterdir())) == 1


def test_a_settled_mail_is_kept_and_marked_as_seen(tmp_path: Path, pat: FolderMailbox) -> None:
    pat.send(mail("Kept", PAT))
    (arrived,) = pat.pending()
    pat.settle(arrived.handle)
    (kept,) = (tmp_path / PAT / "cur").iterdir()
    assert kept.name == arrived.handle + ";2,S"
    assert kept.read_bytes() == mail("Kept").content


def test_what_is_settled_is_not_looked_at(pat: FolderMailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed, real = [], os.scandir

    def scandir(path: Path) -> object:
        listed.append(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert list(pat.pending()) == []
    assert listed == [tmp_path / PAT / "new"]


def test_a_name_says_when_and_how_large(tmp_path: Path, pat: FolderMailbox) -> None:
    pat.send(mail("Hello", PAT))
    (path,) = (tmp_path / PAT / "new").iterdir()
    size = len(mail("Hello").content)
    assert re.fullmatch(rf"{int(path.stat().st_mtime)}\.M\d{{6}}P\d+Q\d{{6}}\.[0-9a-f]{{16}},S={size}", path.name)


@pytest.mark.parametrize(
    "name",
    [
        "1700000000.M1P2.host",
        "1700000000.M123456P78V000000000000FD00I00C0_0.mail,S=5,W=6",
        "1700000000.H1P2.mail.example.org",
        "1700000000_0.12.host,U=3,FMD5=0123",
        "1700000000.M1P2.host:2,",
        "1700000000.M1P2.host;2,S",
    ],
)
def test_mails_from_other_programs_are_read_and_settled(tmp_path: Path, pat: FolderMailbox, name: str) -> None:
    (tmp_path / PAT / "new" / name).write_bytes(b"Hello")
    (arrived,) = pat.pending()
    assert arrived.content == b"Hello"
    assert name.startswith(arrived.handle)
    pat.settle(arrived.handle)
    assert contents(pat) == []
    assert (tmp_path / PAT / "cur" / f"{arrived.handle};2,S").exists()


@pytest.mark.parametrize(
    "name",
    [
        ".1700000000.M1P2.host",
        ".syncthing.1700000000.M1P2.host.tmp",
        "1700000000.M1P2.host.tmp",
        "1700000000.M1P2.host.part",
        "1700000000.M1P2.host.crdownload",
        "~1700000000.M1P2.host.TMP",
        "1700000000.M1P2.host (pat's conflicted copy)",
        "desktop.ini",
        ".DS_Store",
        "notes",
    ],
)
def test_what_is_no_whole_mail_is_left_alone(tmp_path: Path, pat: FolderMailbox, name: str) -> None:
    (tmp_path / PAT / "new" / name).write_bytes(b"Hello")
    (tmp_path / PAT / "new" / "1700000001.M1P2.folder").mkdir()
    (tmp_path / PAT / "new" / "1700000001.M1P2.link").symlink_to("/etc/hosts")
    assert list(pat.pending()) == []
    pat.settle(name)
    assert (tmp_path / PAT / "new" / name).exists()


def test_a_mail_that_has_arrived_in_part_comes_when_it_is_whole(tmp_path: Path, pat: FolderMailbox) -> None:
    path = tmp_path / PAT / "new" / "1700000000.M1P2Q3.host,S=10"
    path.write_bytes(b"Hello")
    assert contents(pat) == []
    path.write_bytes(b"Hello you!")
    assert contents(pat) == [b"Hello you!"]


def test_two_files_of_one_mail_come_once(tmp_path: Path, pat: FolderMailbox) -> None:
    for name in ("1700000000.M1P2.host", "1700000000.M1P2.host;2,S"):
        (tmp_path / PAT / "new" / name).write_bytes(b"Hello")
    assert contents(pat) == [b"Hello"]
    for _ in range(2):
        pat.settle("1700000000.M1P2.host")
    assert contents(pat) == []


def test_a_mail_that_vanishes_while_others_are_read_is_left_out(tmp_path: Path, pat: FolderMailbox) -> None:
    for text in ("One", "Two"):
        pat.send(mail(text, PAT))
    pending = pat.pending()
    for path in (tmp_path / PAT / "new").iterdir():
        if b"Two" in path.read_bytes():
            path.unlink()
    assert [each.content for each in pending] == [mail("One").content]


def test_folders_that_a_synchronising_program_dropped_are_made_again(
    tmp_path: Path, pat: FolderMailbox, tester: FolderMailbox
) -> None:
    for folder in (tmp_path / TESTER / "tmp", tmp_path / TESTER / "new", tmp_path / TESTER / "cur"):
        folder.rmdir()
    assert pat.send(mail()) == ()
    (tmp_path / TESTER / "cur").rmdir()
    (arrived,) = tester.pending()
    tester.settle(arrived.handle)
    assert contents(tester) == []


def test_a_post_office_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    mailbox = FolderMailbox(tmp_path / "not mounted", PAT)
    for act in (lambda: mailbox.send(mail()), lambda: list(mailbox.pending())):
        with pytest.raises(MailboxUnavailableError, match="is not there"):
            act()
    mailbox.settle("1700000000.M1P2.host")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_taken_for_a_drive_that_is_not_connected(tmp_path: Path) -> None:
    with pytest.raises(MailboxUnavailableError, match="has no mailbox for pat"):
        FolderMailbox(tmp_path, PAT).send(mail())


@pytest.mark.posix
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, pat: FolderMailbox, tester: FolderMailbox) -> None:
    with room_for(4096), pytest.raises(DiskFullError):
        pat.send(mail("x" * 5000, TESTER, PAT))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_nobody_gets_a_mail_that_could_not_be_written_for_all(
    tmp_path: Path, pat: FolderMailbox, tester: FolderMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    written: list[int] = []

    def write(descriptor: int, content: bytes) -> int:
        if written:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        written.append(descriptor)
        return real(descriptor, content)

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(MailboxUnavailableError):
        pat.send(mail("Hello", TESTER, PAT))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_leftovers_of_killed_runs_are_removed_after_a_day(
    tmp_path: Path, pat: FolderMailbox, tester: FolderMailbox
) -> None:
    for name in (".osync-17-9-0.tmp", ".osync-17-9-1.tmp"):
        (tmp_path / TESTER / "tmp" / name).write_bytes(b"half")
    os.utime(tmp_path / TESTER / "tmp" / ".osync-17-9-0.tmp", ns=_OLD)
    pat.send(mail())
    assert [path.name for path in (tmp_path / TESTER / "tmp").iterdir()] == [".osync-17-9-1.tmp"]


@pytest.mark.parametrize("closed", ["tmp", "new", "."])
@pytest.mark.posix
def test_a_mailbox_that_may_not_be_written_is_refused_and_the_others_get_the_mail(closed: str) -> None:
    with folder_of_nobody() as root:
        pat, tester = _opened(root, PAT), _opened(root, TESTER)
        with permissions(root / TESTER / closed, 0o400):
            (refusal,) = pat.send(mail("Hello", TESTER, PAT))
        assert (refusal.address, "may not be written" in refusal.reason) == (TESTER, True)
        assert len(contents(pat)) == 1
        assert contents(tester) == []
        assert list((root / TESTER / "tmp").iterdir()) == []


@pytest.mark.posix
def test_a_mail_that_may_not_be_read_does_not_stop_the_others() -> None:
    with folder_of_nobody() as root:
        pat = _opened(root, PAT)
        for text in ("One", "Two"):
            pat.send(mail(text, PAT))
        first = min((root / PAT / "new").iterdir())
        pending = pat.pending()
        with permissions(first, 0):
            assert next(pending).content == mail("Two").content
            with pytest.raises(MailboxUnavailableError, match=r"1 of the mails in .* cannot be read"):
                next(pending)
        assert len(contents(pat)) == 2


@pytest.mark.posix
def test_a_post_office_that_may_not_be_used_says_so() -> None:
    with folder_of_nobody() as root:
        pat = _opened(root, PAT)
        with permissions(root / PAT / "new", 0), pytest.raises(MailboxUnavailableError, match="Permission denied"):
            pat.pending()
        with permissions(root, 0), pytest.raises(MailboxUnavailableError, match="Permission denied"):
            _opened(root, TESTER)


def test_a_drive_that_does_not_answer_is_tried_again_later(pat: FolderMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "scandir", _failing(errno.ESTALE))
    with pytest.raises(MailboxUnavailableError):
        pat.pending()


def _failing(number: int) -> Callable[..., object]:
    def fail(*arguments: object, **options: object) -> object:
        raise OSError(number, os.strerror(number))

    return fail
