"""Make the published test vectors in tests/data/ from fixed keys; docs/format.md explains them.

Everything is the same in each run but the encrypted blob, for which HPKE draws its own randomness: an old one that still
opens is kept. Run it from the project's folder: python tools/make_vectors.py
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from message import samples  # noqa: E402

from osync.errors import OSyncError  # noqa: E402
from osync.message.armour import armour, find_armour  # noqa: E402
from osync.message.documents import encode  # noqa: E402
from osync.message.identity import Identity, derived_uid, safety_code, token_mac  # noqa: E402
from osync.message.manifest import announcement_bytes, bucket_of, kind_of, share_digest  # noqa: E402
from osync.message.seal import inflate, open_envelope, seal, seal_for_anyone  # noqa: E402

FOLDER = ROOT / "tests" / "data"
DOCUMENTS, NAMES, ENVELOPES = (FOLDER / f"vectors-{name}.json" for name in ("documents", "names", "envelopes"))


def identity_vector(identity: Identity) -> dict[str, str]:
    return {
        "private": identity.to_bytes().hex(),
        "public": identity.public.public_key.hex(),
        "kid": identity.public.key_id,
        "safety_code": safety_code(identity.public),
    }


def names() -> dict[str, object]:
    """Everything that is derived from keys (protocol 3 and 5.3)."""
    announced = samples.ANNOUNCEMENT
    return {
        "owner": identity_vector(samples.PAT),
        "subscriber": identity_vector(samples.TESTER),
        "share": {"nonce": samples.NONCE.hex(), "share_id": samples.SHARE},
        "events": [
            {
                "share_key": samples.SHARE_KEY.hex(),
                "source_uid": samples.SOURCE_UID,
                "part": part,
                "key": key,
                "bucket": bucket_of(key),
                "derived_uid": derived_uid(samples.PAT.public, samples.SHARE, key),
            }
            for part, key in (("", samples.KEY), ("20260810T070000Z", samples.LATER_KEY))
        ],
        "token": {
            "token": samples.TOKEN.hex(),
            "token_mac": token_mac(samples.TOKEN, samples.TESTER.public, samples.SHARE),
        },
        "digest": {
            "events": [[samples.LATER_KEY, "0" * 64], [samples.KEY, samples.TEXT_HASH]],
            "digest": share_digest([(samples.LATER_KEY, "0" * 64), (samples.KEY, samples.TEXT_HASH)]),
        },
        "announcement": {
            "epoch": announced.epoch,
            "head": announced.head,
            "digest": announced.digest,
            "writer": announced.writer,
            "signed_bytes": announcement_bytes(
                samples.SHARE, announced.epoch, announced.head, announced.digest, announced.writer
            ).hex(),
            "signature": announced.signature.hex(),
        },
    }


def documents() -> dict[str, str]:
    """One document of each kind, exactly as it is written."""
    return {kind_of(message): encode(message).decode() for message in samples.MESSAGES}


def envelopes(encrypted: str) -> dict[str, object]:
    """A signed blob, which everybody makes the same from the same deflated body, and an encrypted one to open."""
    signed = seal_for_anyone(encode(samples.INVITE), samples.PAT)
    return {
        "signed": {
            "signer_private": samples.PAT.to_bytes().hex(),
            "document": encode(samples.INVITE).decode(),
            "body": open_envelope(signed, samples.TESTER).body.hex(),
            "blob": signed.hex(),
            "armoured": armour(signed),
        },
        "encrypted": {
            "signer_public": samples.PAT.public.public_key.hex(),
            "recipients_private": [samples.TESTER.to_bytes().hex(), samples.STRANGER.to_bytes().hex()],
            "document": encode(samples.UPDATE).decode(),
            "armoured": encrypted,
        },
    }


def encrypted_blob(path: Path) -> str:
    """Keep the published encrypted blob as long as it opens to the right document."""
    try:
        old = str(json.loads(path.read_text())["encrypted"]["armoured"])
        opened = open_envelope(find_armour(old.encode()).blobs[0], samples.TESTER)
        if inflate(opened.body) == encode(samples.UPDATE):
            return old
    except (OSError, ValueError, KeyError, IndexError, OSyncError) as error:
        print(f"making a new encrypted blob: {error}")
    recipients = [samples.TESTER.public, samples.STRANGER.public]
    return armour(seal(encode(samples.UPDATE), samples.PAT, recipients, samples.counting()))


def write(path: Path, vectors: object) -> None:
    path.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    write(NAMES, names())
    write(DOCUMENTS, documents())
    write(ENVELOPES, envelopes(encrypted_blob(ENVELOPES)))


if __name__ == "__main__":
    main()
