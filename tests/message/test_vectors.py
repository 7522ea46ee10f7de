"""The published test vectors, checked against the formulas of docs/format.md written out once more."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from message import samples

from osync.message.armour import armour, find_armour
from osync.message.documents import decode, encode
from osync.message.identity import Identity
from osync.message.manifest import kind_of
from osync.message.seal import inflate, open_envelope, seal_for_anyone
from tools import make_vectors

_NAMES = json.loads(make_vectors.NAMES.read_text())
_DOCUMENTS = json.loads(make_vectors.DOCUMENTS.read_text())
_ENVELOPES = json.loads(make_vectors.ENVELOPES.read_text())


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def test_the_published_files_are_what_the_tool_makes(tmp_path: Path) -> None:
    assert make_vectors.names() == _NAMES
    assert make_vectors.documents() == _DOCUMENTS
    assert make_vectors.encrypted_blob(make_vectors.ENVELOPES) == _ENVELOPES["encrypted"]["armoured"]


def test_the_tool_makes_a_new_encrypted_blob_where_there_is_none(tmp_path: Path) -> None:
    (blob,) = find_armour(make_vectors.encrypted_blob(tmp_path / "none.json").encode()).blobs
    assert inflate(open_envelope(blob, samples.STRANGER).body) == encode(samples.UPDATE)


@pytest.mark.parametrize("person", ["owner", "subscriber"])
def test_the_key_id_and_the_safety_code_follow_from_the_public_key(person: str) -> None:
    vector = _NAMES[person]
    private, public = bytes.fromhex(vector["private"]), bytes.fromhex(vector["public"])
    signing = Ed25519PrivateKey.from_private_bytes(private[:32]).public_key().public_bytes_raw()
    agreeing = X25519PrivateKey.from_private_bytes(private[32:]).public_key().public_bytes_raw()
    assert public == signing + agreeing
    assert vector["kid"] == hashlib.sha256(b"osync-id-1\0" + public).digest()[:16].hex()
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(b"osync-code-1\0" + public).digest())[:100]
    letters = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[at : at + 5], 2)] for at in range(0, 100, 5))
    assert vector["safety_code"].replace("-", "") == letters
    assert [len(group) for group in vector["safety_code"].split("-")] == [4, 4, 4, 4, 4]


def test_the_share_id_follows_from_the_owner_and_the_nonce() -> None:
    owner, nonce = bytes.fromhex(_NAMES["owner"]["public"]), bytes.fromhex(_NAMES["share"]["nonce"])
    assert _NAMES["share"]["share_id"] == _base32(hashlib.sha256(b"osync-share-1\0" + owner + nonce).digest()[:16])


@pytest.mark.parametrize("vector", _NAMES["events"], ids=lambda vector: vector["part"] or "whole")
def test_event_keys_and_derived_uids_follow_from_their_secrets(vector: dict[str, Any]) -> None:
    named = vector["source_uid"] + ("\0" + vector["part"] if vector["part"] else "")
    digest = hmac.new(bytes.fromhex(vector["share_key"]), named.encode(), hashlib.sha256).digest()
    assert vector["key"] == _base32(digest[:16])
    assert vector["bucket"] == int.from_bytes(digest[:2], "big") >> 6
    owner = bytes.fromhex(_NAMES["owner"]["public"])
    content = b"osync-uid-1\0" + owner + _NAMES["share"]["share_id"].encode() + vector["key"].encode()
    assert vector["derived_uid"] == "osync-" + _base32(hashlib.sha256(content).digest()[:20])


def test_the_proof_of_a_token_binds_it_to_the_subscriber_and_the_share() -> None:
    content = bytes.fromhex(_NAMES["subscriber"]["public"]) + _NAMES["share"]["share_id"].encode()
    proof = hmac.new(bytes.fromhex(_NAMES["token"]["token"]), content, hashlib.sha256).digest()[:16]
    assert _NAMES["token"]["token_mac"] == proof.hex()


def test_the_digest_covers_the_sorted_keys_and_hashes() -> None:
    lines = "".join(key + fingerprint + "\n" for key, fingerprint in sorted(_NAMES["digest"]["events"]))
    assert _NAMES["digest"]["digest"] == hashlib.sha256(lines.encode()).hexdigest()[:32]


def test_an_announcement_is_signed_by_the_owner() -> None:
    vector = _NAMES["announcement"]
    numbers = [
        _NAMES["share"]["share_id"],
        str(vector["epoch"]),
        str(vector["head"]),
        vector["digest"],
        vector["writer"],
    ]
    signed = b"osync-ann-1\0" + "\n".join(numbers).encode()
    assert vector["signed_bytes"] == signed.hex()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(_NAMES["owner"]["public"])[:32])
    key.verify(bytes.fromhex(vector["signature"]), signed)


@pytest.mark.parametrize("message", samples.MESSAGES, ids=kind_of)
def test_each_published_document_says_what_it_should(message: object) -> None:
    assert decode(_DOCUMENTS[type(message).__name__.lower()].encode()) == message


def test_the_signed_blob_is_laid_out_as_published() -> None:
    vector = _ENVELOPES["signed"]
    private = bytes.fromhex(vector["signer_private"])
    body = bytes.fromhex(vector["body"])
    document = vector["document"].encode()
    assert body[:5] == b"\1" + len(document).to_bytes(4, "big")
    assert zlib.decompress(body[5:]) == document
    signed = b"osync-sig-1\0" + hashlib.sha256(b"").digest() + hashlib.sha512(body).digest()
    signature = Ed25519PrivateKey.from_private_bytes(private[:32]).sign(signed)
    public = bytes.fromhex(_NAMES["owner"]["public"])
    blob = b"OSE1\0" + public + signature + len(body).to_bytes(4, "big") + body
    assert vector["blob"] == blob.hex()
    assert vector["armoured"] == armour(blob)


def test_the_signed_blob_is_made_the_same_byte_for_byte() -> None:
    vector = _ENVELOPES["signed"]
    identity = Identity.from_bytes(bytes.fromhex(vector["signer_private"]))
    blob = seal_for_anyone(vector["document"].encode(), identity)
    # Another zlib may pack differently, which the format allows; everything else has to be the same.
    if zlib.compress(vector["document"].encode(), 9) == bytes.fromhex(vector["body"])[5:]:
        assert blob.hex() == vector["blob"]
    assert inflate(open_envelope(blob, identity).body) == vector["document"].encode()


@pytest.mark.parametrize("recipient", [0, 1])
def test_the_encrypted_blob_opens_for_each_recipient(recipient: int) -> None:
    vector = _ENVELOPES["encrypted"]
    identity = Identity.from_bytes(bytes.fromhex(vector["recipients_private"][recipient]))
    (blob,) = find_armour(vector["armoured"].encode()).blobs
    opened = open_envelope(blob, identity)
    assert opened.encrypted
    assert opened.signer.public_key.hex() == vector["signer_public"]
    assert inflate(opened.body).decode() == vector["document"]


def test_the_reader_in_the_documentation_reads_the_encrypted_blob() -> None:
    page = (make_vectors.ROOT / "docs" / "format.md").read_text()
    program = page.split("```python\n")[1].split("```")[0]
    subprocess.run([sys.executable, "-c", program], cwd=make_vectors.ROOT, check=True)
