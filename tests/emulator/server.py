"""Listening sockets and the life of a connection: log, faults, answer."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from threading import Lock, Thread
from urllib.parse import parse_qsl

from tests.emulator.faults import (
    Cut,
    Faults,
    Hold,
    Kind,
    ResetAfter,
    ResetBefore,
    Slow,
    Starter502,
    Status,
)
from tests.emulator.log import Log, Request
from tests.emulator.wire import Answer, Body, ResetConnectionError, Wire

_BACKLOG = 512
_BAD_GATEWAY = b'{"message":"Server Error"}'
_WRITES = frozenset({"POST", "PUT", "PATCH"})

Respond = Callable[[Request, Body, Kind | None], Answer]
Locate = Callable[[str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Front:
    """What a listener serves: how a path falls to an origin, and who answers."""

    locate: Locate
    respond: Respond
    sleep: Callable[[float], object]
    now: Callable[[], float]


class Listener:
    """One port on the loopback interface, with a thread for each connection."""

    def __init__(self, front: Front, log: Log, faults: Faults) -> None:
        self._front, self._log, self._faults = front, log, faults
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        self._lock = Lock()
        self._open: dict[socket.socket, Thread] = {}
        self._stopping = False
        self._thread = Thread(target=self._accept, name=f"emulator:{self.port}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End every connection and thread."""
        self._stopping = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join()
        self._socket.close()
        with self._lock:
            left = dict(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in left.values():
            thread.join()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._stopping:
                connection.close()
                return
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        wire = Wire(connection)
        try:
            while self._serve_one(wire):
                pass
        except ResetConnectionError:
            wire.reset()
        except (OSError, ValueError):
            pass  # The client is gone, or does not send HTTP.
        finally:
            connection.close()
            with self._lock:
                del self._open[connection]

    def _serve_one(self, wire: Wire) -> bool:
        """Answer one request; whether the connection can carry another."""
        head = wire.read_head()
        if head is None:
            return False
        method, target, headers = head
        origin, path = self._front.locate(target.partition("?")[0])
        query = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
        request = Request(0, origin, method, path, query, headers, target)
        self._log.open(request)
        fault = self._faults.pick(request)
        body = Body(wire, headers)
        answer = self._faulty_answer(request, body, fault)
        close = not body.done or headers.get("connection", "").lower() == "close"
        try:
            self._send(wire, request, answer, fault, close=close)
        finally:
            answer.close()
        return not close

    def _send(
        self, wire: Wire, request: Request, answer: Answer, fault: Kind | None, *, close: bool
    ) -> None:
        if isinstance(fault, ResetAfter):
            raise ResetConnectionError
        cut = isinstance(fault, Cut)
        request.status = 0 if cut else answer.status
        answer.headers.setdefault("Date", formatdate(self._front.now(), usegmt=True))
        request.answer_headers = answer.headers
        if self._log.keep_answers and isinstance(answer.body, bytes):
            request.answer = answer.body
        wire.send_answer(answer, method=request.method, close=close, cut=cut)

    def _faulty_answer(self, request: Request, body: Body, fault: Kind | None) -> Answer:
        if isinstance(fault, ResetBefore):
            raise ResetConnectionError
        if isinstance(fault, Slow):
            self._front.sleep(fault.seconds)
        if isinstance(fault, Hold):
            fault.pause.hold(self._front.sleep)
        if isinstance(fault, Status):
            body.drain()
            return fault.answer(self._front.now())
        if isinstance(fault, Starter502) and request.origin != "uploads":
            body.drain()
            return Answer(502, {"Content-Type": "application/json"}, _BAD_GATEWAY)
        if isinstance(fault, Cut) and request.method in _WRITES and _sends(request):
            body.cut_half()
        answer = self._front.respond(request, body, fault)
        if body.is_small:
            body.drain()
        return answer


def _sends(request: Request) -> bool:
    """Whether the request's body is what a cut falls on: a fetch's is a question only."""
    return not request.path.endswith("/git-upload-pack")
