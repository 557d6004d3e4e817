"""The emulator behind TLS, for programs that speak nothing else."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.emulator import Emulator


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@contextmanager
def https(github: Emulator, folder: Path) -> Iterator[dict[str, str]]:
    """Serve the emulator over HTTPS, because `gh` uses nothing else; configure `gh` for it."""
    certificate, key = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    plain = (github.server_url, github.api_url, github.uploads_url)
    with TlsFront(context, int(github.server_url.rpartition(":")[2])) as front:
        Thread(target=front.serve_forever, args=(0.05,)).start()
        host = f"127.0.0.1:{front.server_address[1]}"
        urls = [f"https://{host}{url.removeprefix(github.server_url)}" for url in plain]
        github.server_url, github.api_url, github.uploads_url = urls
        try:
            yield {"GH_HOST": host, "SSL_CERT_FILE": str(certificate)}
        finally:
            github.server_url, github.api_url, github.uploads_url = plain
            front.shutdown()


class TlsFront(ThreadingTCPServer):
    """Takes TLS off, and passes everything on to a port of this machine."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        super().__init__(("127.0.0.1", 0), BaseRequestHandler)
        self._context, self._port = context, port

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        with (
            suppress(OSError),
            self._context.wrap_socket(request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self._port)) as server,
        ):
            back = Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
