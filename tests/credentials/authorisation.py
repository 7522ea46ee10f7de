"""A sign-in server in the same process: OAuth 2 as RFC 6749, 7636 and 8628 and the pages of Google and Microsoft describe it.

https://developers.google.com/identity/protocols/oauth2/native-app
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
"""

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from osync.credentials.services import Service
from osync.credentials.tokens import Client, Grant, save_grant

CLIENT_ID = "client-of-pat"
CLIENT_SECRET = "no real secret"


class AuthorisationServer:
    """Gives codes and tokens, and refuses what the real ones refuse. `answers` replaces its next answers at the token endpoint.

    `before` happens before each answer.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.refresh_tokens = {"refresh-0"}
        self.codes: dict[str, dict[str, str]] = {}
        self.answers: list[tuple[int, bytes]] = []
        self.rotates = False
        self.pending = 0
        self.given = 0
        self.before: Callable[[], None] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = {name: values[0] for name, values in parse_qs(body).items()}
                outer.requests.append({"path": self.path, **fields})
                status, content = outer.answer(self.path, fields)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library calls it so
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def service(self, *, device: bool = True, secret: bool = True) -> Service:
        """Give this server as a service."""
        return Service(
            "google", "Example", f"{self.url}/authorize", f"{self.url}/device" if device else "", f"{self.url}/token",
            "https://mail.example.org/", "127.0.0.1", secret,
        )  # fmt: skip

    def client(self) -> Client:
        return Client("google", f"{self.url}/token", CLIENT_ID, CLIENT_SECRET)

    def grant(self, user: str, refresh_token: str = "refresh-0") -> None:  # noqa: S107 # no real token
        """Let a user be signed in already."""
        save_grant(user, Grant(self.client(), refresh_token))

    def visit(self, url: str, *, agrees: bool = True) -> str:
        """Do what a browser does: give the address that it is sent to (RFC 6749, 4.1.2; RFC 7636, 4.3)."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert urlsplit(asked["redirect_uri"]).hostname in ("127.0.0.1", "localhost")
        if not agrees:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'scope': 'x'})}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        self.before()
        if self.answers:
            return self.answers.pop(0)
        if path == "/device":
            return 200, json.dumps(
                {"device_code": "device", "user_code": "ABCD-EFGH", "verification_uri": "https://example.org/device",
                 "expires_in": 900, "interval": 5}
            ).encode()  # fmt: skip
        if fields.get("client_id") != CLIENT_ID:
            return 401, b'{"error": "invalid_client"}'
        return self._tokens(fields)

    def _tokens(self, fields: dict[str, str]) -> tuple[int, bytes]:
        kind = fields["grant_type"]
        if kind == "urn:ietf:params:oauth:grant-type:device_code":
            if self.pending:
                self.pending -= 1
                return 400, b'{"error": "authorization_pending"}'
            return self._give("refresh-0")
        if kind == "authorization_code":
            asked = self.codes.pop(fields["code"], {})
            challenge = base64.urlsafe_b64encode(hashlib.sha256(fields["code_verifier"].encode()).digest())
            proves = challenge.decode().rstrip("=") == asked.get("code_challenge")
            if not proves or fields["redirect_uri"] != asked["redirect_uri"]:
                return 400, b'{"error": "invalid_grant"}'
            return self._give("refresh-0")
        if fields["refresh_token"] not in self.refresh_tokens:
            return 400, b'{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
        return self._give(f"refresh-{self.given + 1}" if self.rotates else "")

    def _give(self, refresh_token: str) -> tuple[int, bytes]:
        self.given += 1
        answer: dict[str, object] = {"access_token": f"access-{self.given}", "expires_in": 3599, "token_type": "Bearer"}
        if refresh_token:
            self.refresh_tokens.add(refresh_token)
            answer["refresh_token"] = refresh_token
        return 200, json.dumps(answer).encode()


@contextlib.contextmanager
def authorisation_server() -> Iterator[AuthorisationServer]:
    server = AuthorisationServer()
    try:
        yield server
    finally:
        server.stop()
