"""A store of obstore in memory, of which one call fails."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import obstore.exceptions
import obstore.store


class Call(NamedTuple):
    """A call of a store.

    Attributes:
        function: Its function.
        key: What it is about.
        number: Counts the calls of the same function with the same key, from 1.
        conditional: Whether it writes under a condition.
    """

    function: str
    key: str
    number: int
    conditional: bool = False

    @property
    def writes(self) -> bool:
        return self.function in {"put", "delete"}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How a call fails.

    Attributes:
        make: Makes the error of obstore.
        late: The call is carried out, and its response is lost.
        cut: Only the body of the response is lost.
    """

    make: Callable[[], Exception] | None = None
    late: bool = False
    cut: bool = False

    @classmethod
    def status(cls, code: int, text: str = "", *, late: bool = False) -> "Failure":
        """A response with an error, as obstore reports it."""
        kinds = {
            403: obstore.exceptions.PermissionDeniedError,
            409: obstore.exceptions.AlreadyExistsError,
            412: obstore.exceptions.PreconditionError,
        }
        kind = kinds.get(code, obstore.exceptions.GenericError)
        message = f"Generic S3 error: https://x?sig=hunter2 status code: {code} {text}"
        return cls(make=lambda: kind(message), late=late)

    @classmethod
    def conflict(cls, *, late: bool = False) -> "Failure":
        """A refused condition, of the kind of the condition."""
        return cls(late=late)

    @classmethod
    def lost(cls) -> "Failure":
        """No response, after the work was done."""
        return cls(make=_connection_lost, late=True)

    @classmethod
    def cut_off(cls) -> "Failure":
        """A body that ends too early."""
        return cls(make=_connection_lost, cut=True)

    def error(self, *, create: bool) -> Exception:
        if self.make:
            return self.make()
        return self.status(409 if create else 412).error(create=create)


def _connection_lost() -> Exception:
    text = "Generic S3 error: https://x?sig=hunter2 error sending request: connection reset"
    return obstore.exceptions.GenericError(text)


class FailingStore:
    """The functions of a store of obstore that ghpypi uses.

    Attributes:
        calls: All calls so far.
        fired: How many of them failed.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.fired = 0
        self._store = obstore.store.MemoryStore()
        self._fails: tuple[Call, Failure] | None = None
        self._counts = Counter[tuple[str, str]]()
        self._lock = threading.Lock()

    def fail(self, call: Call, failure: Failure) -> None:
        """Let one call fail, and count from now on."""
        self._counts.clear()
        self._fails, self.fired = (call, failure), 0

    def heal(self) -> None:
        """Let no call fail any more."""
        self._fails = None

    def content(self) -> dict[str, tuple[bytes, Mapping[str, str]]]:
        """Return all objects, with their attributes."""
        found: dict[str, tuple[bytes, Mapping[str, str]]] = {}
        for chunk in self._store.list():
            for meta in chunk:
                result = self._store.get(meta["path"])
                found[meta["path"]] = bytes(result.bytes()), dict(result.attributes)
        return found

    def restore(self, content: Mapping[str, tuple[bytes, Mapping[str, str]]]) -> None:
        """Begin again with these objects."""
        self.calls, self._store = [], obstore.store.MemoryStore()
        self.heal()
        self._counts.clear()
        for key, (body, attributes) in content.items():
            self._store.put(key, body, attributes=dict(attributes))

    def get(self, path: str, *, options: Any = None) -> Any:
        failure = self._begun("get", path)
        if failure and failure.make and not failure.cut:
            raise failure.make()
        found = self._store.get(path, options=options)
        return _CutResult(found) if failure else found

    def put(self, path: str, file: Any, *, mode: Any = "overwrite", **more: Any) -> Any:
        failure = self._begun("put", path, conditional=mode != "overwrite")
        create = mode == "create"
        if failure and not failure.late:
            raise failure.error(create=create)
        done = self._store.put(path, file, mode=mode, **more)
        if failure:
            raise failure.error(create=create)
        return done

    def delete(self, paths: Sequence[str]) -> None:
        failure = self._begun("delete", " ".join(paths))
        if failure and not failure.late:
            raise failure.error(create=False)
        self._store.delete(paths)
        if failure:
            raise failure.error(create=False)

    def list(self, prefix: str | None = None) -> Iterator[Any]:
        failure = self._begun("list", prefix or "")
        if failure:
            raise failure.error(create=False)
        yield from self._store.list(prefix)

    def list_with_delimiter(self, prefix: str | None = None) -> Any:
        failure = self._begun("list_with_delimiter", prefix or "")
        if failure:
            raise failure.error(create=False)
        return self._store.list_with_delimiter(prefix)

    def _begun(self, function: str, key: str, *, conditional: bool = False) -> Failure | None:
        with self._lock:
            self._counts[function, key] += 1
            call = Call(function, key, self._counts[function, key], conditional)
            self.calls.append(call)
            if self._fails is None or call[:3] != self._fails[0][:3]:
                return None
            self.fired += 1
            return self._fails[1]


class _CutResult:
    """The result of a request whose body is lost."""

    def __init__(self, found: Any) -> None:
        self.meta, self.attributes = found.meta, found.attributes

    def bytes(self) -> Any:
        raise _connection_lost()

    def stream(self, min_chunk_size: int = 0) -> Iterator[Any]:
        del min_chunk_size
        yield b""
        raise _connection_lost()
