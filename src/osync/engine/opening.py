"""Show what a mail of OSync says, without letting it take effect."""

from osync.engine.installation import Installation
from osync.errors import NoMessageError
from osync.message.documents import decode
from osync.message.mail import find_blobs
from osync.message.readable import describe
from osync.message.seal import inflate, open_envelope


def open_file(installation: Installation, content: bytes) -> str:
    """Give the text for people of every message in a mail. Raises subclasses of SetMailAsideError."""
    identity = installation.identity()
    texts = []
    for blob in find_blobs(content):
        opened = open_envelope(blob, identity)
        texts.append(describe(decode(inflate(opened.body)), opened.signer))
    if not texts:
        raise NoMessageError("The file holds no message of OSync.")
    return "\n".join(texts)
