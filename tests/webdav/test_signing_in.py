"""Signing in: only when asked, in the way that is asked for, and never at another server."""

from osync.credentials import Login
from osync.webdav.messages import Request
from osync.webdav.signing_in import SignIn

PAT = Login("Mufasa", lambda: "Circle of Life")
INDEX = Request("GET", "/dir/index.html")
# RFC 7616 section 3.9.1, without the word of the client, which is ours.
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
BOTH = tuple(
    f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={name}, nonce="{NONCE}", opaque="FQhe/qaU"'
    for name in ("SHA-256", "MD5")
)
# RFC 2069 section 2.4, with the answer that its errata give: no quality of protection, so no word of the client.
OLD = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'


def test_nothing_is_sent_before_the_server_asks() -> None:
    assert SignIn(PAT, is_private=True).header(INDEX) == ""


def test_the_way_of_last_time_is_used_from_the_first_request() -> None:
    assert SignIn(PAT, "basic", is_private=True).header(INDEX) == "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl"


def test_basic_is_taken_where_nobody_listens_and_digest_where_somebody_may() -> None:
    offered = [*BOTH, 'Basic realm="x", charset="UTF-8"']
    for is_private, begins in ((True, "Basic "), (False, "Digest ")):
        sign_in = SignIn(PAT, is_private=is_private)
        assert sign_in.try_again(offered, "")
        assert sign_in.header(INDEX).startswith(begins)


def test_the_stronger_digest_is_taken_and_counts_its_requests() -> None:
    sign_in = SignIn(PAT, is_private=True)
    assert sign_in.try_again([", ".join(BOTH)], "")
    first, second = sign_in.header(INDEX), sign_in.header(INDEX)
    assert "algorithm=SHA-256" in first
    assert 'uri="/dir/index.html"' in first
    assert "nc=00000001" in first
    assert "nc=00000002" in second
    assert "Circle" not in first


def test_the_old_digest_answers_as_its_rfc_says() -> None:
    sign_in = SignIn(Login("Mufasa", lambda: "CircleOfLife"), is_private=False)
    assert sign_in.try_again([OLD], "")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in sign_in.header(INDEX)


def test_a_stale_nonce_is_replaced_and_a_wrong_password_is_not_tried_again() -> None:
    sign_in = SignIn(PAT, is_private=False)
    assert sign_in.try_again([BOTH[1]], "")
    used = sign_in.header(INDEX)
    assert sign_in.try_again([BOTH[1] + ", stale=TRUE"], used)
    assert not sign_in.try_again([BOTH[1]], sign_in.header(INDEX))


def test_what_nobody_knows_is_not_tried() -> None:
    for offered in ("Negotiate", "", 'Digest realm="x", nonce="y", algorithm=SHA-512-256', "Basic2 ==", "Bearer"):
        assert not SignIn(PAT, is_private=True).try_again([offered], "")
    assert not SignIn(Login("", lambda: ""), is_private=True).try_again(['Basic realm="x"'], "")


def test_a_token_that_ran_out_is_replaced_once() -> None:
    tokens, refused = iter(("old", "new", "newer")), list[bool]()
    sign_in = SignIn(
        Login("pat", lambda: next(tokens), bearer=True, refused=lambda: refused.append(True)), is_private=True
    )
    assert sign_in.header(INDEX) == "Bearer old"
    assert sign_in.try_again(["Bearer"], "Bearer old")
    assert sign_in.header(INDEX) == "Bearer new"
    assert not sign_in.try_again(["Bearer"], "Bearer new")
    assert refused == [True, True]
