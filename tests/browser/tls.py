"""TLS before the app, as a Space has it, and another site that shows the app in a frame."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PARENT = "huggingface.co"
APP = "somebody-study.hf.space"


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate of a day for both hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, APP)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(PARENT), x509.DNSName(APP)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem")
    return context


class _Proxy(BaseHTTPRequestHandler):
    """One request on a connection: the parent's page, or what the app answers."""

    app_port: int
    keeps_partitioned: bool

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.headers["Host"] == PARENT:
            page = f'<!doctype html><iframe src="https://{APP}/" width="1300" height="740">'
            self._send(200, [("Content-Type", "text/html")], page.encode())
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        app = HTTPConnection("127.0.0.1", self.app_port, timeout=30)
        try:
            headers = {**self.headers, "X-Forwarded-Proto": "https", "Connection": "close"}
            app.request(self.command, self.path, body, headers)
            answer = app.getresponse()
            self._send(answer.status, answer.getheaders(), answer.read())
        finally:
            app.close()

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                kept = value if self.keeps_partitioned else value.replace("; Partitioned", "")
                self.send_header(name, kept)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test reads what the browser shows."""


@contextmanager
def behind_tls(folder: Path, app_port: int, keeps_partitioned: bool = True) -> Iterator[int]:
    """The port on which both hosts answer; without `keeps_partitioned` as an older proxy."""
    attributes = {"app_port": app_port, "keeps_partitioned": keeps_partitioned}
    handler = type("Proxy", (_Proxy,), attributes)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        # The handshake in the request's thread, or a slow one would hold up all others.
        server.socket = self_signed(folder).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
