"""SCRAM-SHA-256 and SCRAM-SHA-1 (RFC 5802, RFC 7677): to sign in without telling the server the password, and see that it knows it."""

import base64
import binascii
import hashlib
import hmac

_NAMES = {"sha256": "SCRAM-SHA-256", "sha1": "SCRAM-SHA-1"}
_GS2_HEADER = "n,,"
_FEWEST_ROUNDS, _MOST_ROUNDS = 4_096, 5_000_000


class Scram:
    """One attempt. `random_bytes` become the client's nonce; `user` and `password` are ASCII."""

    def __init__(self, algorithm: str, user: str, password: str, random_bytes: bytes) -> None:
        self.name = _NAMES[algorithm]
        self._algorithm = algorithm
        self._password = password.encode()
        self._nonce = base64.b64encode(random_bytes).decode()
        self._bare = f"n={user.replace('=', '=3D').replace(',', '=2C')},r={self._nonce}"
        self._expected = b""
        self._said = False

    def first(self) -> bytes:
        """Give the user and our nonce."""
        self._said = True
        return (_GS2_HEADER + self._bare).encode()

    def answer(self, challenge: bytes) -> bytes:
        """Prove the password; afterwards check that the server proves to know it. ValueError if it does not."""
        if not self._said:
            return self.first()
        if self._expected:
            return self._check(challenge)
        return self._proof(challenge)

    def _proof(self, challenge: bytes) -> bytes:
        fields = _fields(challenge)
        nonce, salt, rounds = fields.get("r", ""), _decoded(fields.get("s", "")), int(fields.get("i", "0"))
        if not nonce.startswith(self._nonce) or not salt or not _FEWEST_ROUNDS <= rounds <= _MOST_ROUNDS:
            raise ValueError("a challenge of SCRAM that is none")
        without_proof = f"c={base64.b64encode(_GS2_HEADER.encode()).decode()},r={nonce}"
        signed = ",".join((self._bare, challenge.decode(), without_proof)).encode()
        salted = hashlib.pbkdf2_hmac(self._algorithm, self._password, salt, rounds)
        client_key = self._keyed(salted, b"Client Key")
        signature = self._keyed(hashlib.new(self._algorithm, client_key).digest(), signed)
        proof = bytes(one ^ other for one, other in zip(client_key, signature, strict=True))
        self._expected = self._keyed(self._keyed(salted, b"Server Key"), signed)
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def _check(self, challenge: bytes) -> bytes:
        if not hmac.compare_digest(_decoded(_fields(challenge).get("v", "")), self._expected):
            raise ValueError("the server does not know the password")
        return b""

    def _keyed(self, key: bytes, text: bytes) -> bytes:
        return hmac.new(key, text, self._algorithm).digest()


def _fields(challenge: bytes) -> dict[str, str]:
    return {part[0]: part[2:] for part in challenge.decode().split(",") if part[1:2] == "="}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
