"""Requests to a bucket: reading, conditional writing, listing, signing."""

import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Any, BinaryIO

from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.objects.connection import library
from ghpypi.stores.objects.faults import foreign_answer, lacks_bucket, object_faults
from ghpypi.stores.objects.keys import ABSENT, HTML, PROBE, content_type, page_headers
from ghpypi.stores.objects.stream import ObjectStream
from ghpypi.stores.objects.values import ObjectContent, StoredObject, Tag, media_type_of

_log = logging.getLogger("ghpypi")

Body = bytes | Iterable[bytes]
"""Content to write: whole, or in pieces that are read while they are sent."""


OpenFolder = Callable[[str], Any]
"""Opens the object whose key is that of a folder with a slash at its end."""


@dataclass(kw_only=True)
class Conditions:
    """What is known of an endpoint, shared by all clients of it.

    Attributes:
        is_bucket: It has listed an object, or has answered that an object does not exist.
        create: Writes can depend on that an object does not exist.
        update: Writes can depend on the content of an object.
        checked: Whether it is certain that writes can be conditional.
    """

    is_bucket: bool = False
    create: bool = True
    update: bool = True
    checked: bool = True

    def lack(self, place: str, *, create: bool) -> None:
        """Record that they are missing, and say so once.

        Args:
            place: The bucket, for the message.
            create: Whether writes can depend on that an object does not exist.
        """
        if self.create and self.update:
            _log.warning(
                "%s: the endpoint has no conditional writes; only a lock with a lease keeps index "
                "runs apart", place,
            )  # fmt: skip
        self.create, self.update, self.checked = create, False, True


@dataclass(frozen=True, kw_only=True)
class BucketClient:
    """Requests below a root in a bucket.

    Attributes:
        name: The bucket and prefix, for messages.
        store: The store of obstore.
        root: The prefix of all keys: ending in a slash, or empty.
        has_attributes: Whether objects can have attributes.
        open_folder: Opens objects whose keys end in a slash; `None` if there are none.
        conditions: What is known of its endpoint.
    """

    name: str
    store: Any
    root: str = ""
    has_attributes: bool = True
    open_folder: OpenFolder | None = None
    conditions: Conditions = field(default_factory=Conditions)

    def below(self, folder: str) -> "BucketClient":
        """Return a client for a folder, which ends in a slash or is empty."""
        return BucketClient(
            name=self.name,
            store=self.store,
            root=self.root + folder,
            has_attributes=self.has_attributes,
            open_folder=self.open_folder,
            conditions=self.conditions,
        )

    def check_conditions(self) -> None:
        """Try whether the endpoint obeys the conditions of writes, if that is not certain.

        Some products that are compatible with S3 ignore the headers, and write in any case.
        """
        if self.conditions.checked:
            return
        key, headers = f"{PROBE}{token_hex(8)}", page_headers(PROBE)
        created = self.create(key, b"1", headers)
        again = self.create(key, b"2", headers)
        wrong = self.replace(key, b"3", Tag('"0"'), headers)
        self.delete([key])
        if created is None or again or wrong:
            self.conditions.lack(self.name, create=created is not None and again is None)
        self.conditions.checked = True

    def find(self, key: str) -> StoredObject | None:
        """Return an object with its attributes; `None` if it does not exist."""
        found = self._get(key, {"head": True})
        return found and self._object(found.meta, found.attributes)

    def mark(self, key: str) -> str:
        """Return the entity tag of an object; empty if it does not exist."""
        found = self.find(key)
        return found.tag.e_tag if found else ""

    def read(self, key: str) -> ObjectContent | None:
        """Read an object; `None` if it does not exist."""
        with object_faults(self.name, f"read {key}"):
            found = self._get(key, {})
            if found is None:
                return None
            media_type = media_type_of(found.attributes.get("Content-Type", ""))
            return ObjectContent(bytes(found.bytes()), Tag.of(found.meta), media_type)

    def read_range(self, key: str, start: int, end: int) -> bytes:
        """Read a range of an object; `end` is exclusive.

        Raises:
            NotFoundError: The object does not exist.
        """
        with object_faults(self.name, f"read {key}"):
            found = self._get(key, {"range": (start, end)})
            if found is None:
                raise NotFoundError(f"{self.name} has no {key}")
            return bytes(found.bytes())

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Open an object for reading.

        Args:
            key: The object.
            start: The position of the first byte.

        Raises:
            NotFoundError: The object does not exist.
        """
        found = self._get(key, {"range": {"offset": start}} if start else {})
        if found is None:
            raise NotFoundError(f"{self.name} has no {key}")
        return io.BufferedReader(ObjectStream(found, self.name, key))

    def create(self, key: str, content: bytes, attributes: Mapping[str, str]) -> Tag | None:
        """Write an object that does not exist; `None` if it does."""
        if not self.conditions.create:
            return None if self.find(key) else self.write(key, content, attributes)
        with object_faults(self.name, f"write {key}"):
            try:
                return self._put(key, content, attributes, mode="create")
            except library().exceptions.AlreadyExistsError:
                return None

    def replace(
        self, key: str, content: bytes, tag: Tag, attributes: Mapping[str, str]
    ) -> Tag | None:
        """Replace an object; `None` if it is not what it was any more."""
        if self.conditions.update:
            mode = {name: value for name, value in tag._asdict().items() if value}
            with object_faults(self.name, f"write {key}"):
                try:
                    return self._put(key, content, attributes, mode=mode)
                except library().exceptions.PreconditionError:
                    return None
                except FileNotFoundError as error:
                    if lacks_bucket(error):
                        raise
                    return None
                except NotImplementedError:
                    self.conditions.lack(self.name, create=self.conditions.create)
        found = self.find(key)
        if found is None or found.tag != tag:
            return None
        return self.write(key, content, attributes)

    def write(self, key: str, body: Body, attributes: Mapping[str, str]) -> Tag:
        """Write an object, whether it exists or not."""
        with object_faults(self.name, f"write {key}"):
            return self._put(key, body, attributes, mode="overwrite")

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that do not exist are left out."""
        keys = list(keys)
        with object_faults(self.name, f"delete {', '.join(keys[:3])}"):
            try:
                if keys:
                    self.store.delete([self.root + key for key in keys])
            except FileNotFoundError as error:
                if lacks_bucket(error):
                    raise
                if len(keys) > 1:
                    for key in keys:
                        self.delete([key])

    def objects(self, folder: str = "") -> Iterator[StoredObject]:
        """List the objects of a folder and of all folders below it.

        Args:
            folder: Its key without a slash at its end; empty for all.
        """
        with object_faults(self.name, "list objects"):
            for chunk in self.store.list((self.root + folder).rstrip("/") or None):
                for meta in chunk:
                    self.conditions.is_bucket = True
                    yield self._object(meta, {})
        self._check_bucket()

    def names(self) -> tuple[list[str], list[str]]:
        """List the folders below the root, and the objects in it but not below."""
        with object_faults(self.name, "list objects"):
            found = self.store.list_with_delimiter(self.root.rstrip("/") or None)
        if not found["common_prefixes"] and not found["objects"]:
            self._check_bucket()
        folders = [path[len(self.root) :].rstrip("/") for path in found["common_prefixes"]]
        return folders, [self._object(meta, {}).key for meta in found["objects"]]

    def sign(self, key: str, seconds: float) -> str:
        """Return a URL that reads an object without credentials, and is a secret."""
        with object_faults(self.name, f"sign the address of {key}"):
            url = library().sign(self.store, "GET", self.root + key, timedelta(seconds=seconds))
        return str(url)

    def write_folder(self, folder: str, content: bytes, attributes: Mapping[str, str]) -> None:
        """Write the object whose key is that of a folder with a slash at its end."""
        if self.open_folder:
            with object_faults(self.name, f"write {folder}/"):
                self.open_folder(self.root + folder).put(
                    "", content, attributes=dict(attributes), use_multipart=False
                )

    def delete_folder(self, folder: str) -> None:
        """Delete the object whose key is that of a folder with a slash at its end."""
        if self.open_folder:
            with object_faults(self.name, f"delete {folder}/"):
                try:
                    self.open_folder(self.root + folder).delete([""])
                except FileNotFoundError as error:
                    if lacks_bucket(error):
                        raise

    def _check_bucket(self) -> None:
        """Check that an empty listing comes from a bucket, by an object that does not exist.

        The library takes any XML for a listing. A proxy that answers every request with a page of
        its own, or an endpoint that is a website, would list as an empty bucket.

        Raises:
            TryLaterError: The endpoint has an object of any name.
        """
        if self.conditions.is_bucket:
            return
        with suppress(NotAllowedError):  # which is the answer of a bucket too
            if found := self.read(ABSENT):
                raise foreign_answer(self.name, "list objects", found.media_type)

    def _get(self, key: str, options: Mapping[str, Any]) -> Any:
        with object_faults(self.name, f"read {key}"):
            try:
                found = self.store.get(self.root + key, options=dict(options))
            except FileNotFoundError as error:
                if lacks_bucket(error):
                    raise
                self.conditions.is_bucket = True
                return None
            media_type = media_type_of(found.attributes.get("Content-Type", ""))
            if media_type == HTML and media_type != media_type_of(content_type(key)):
                raise foreign_answer(self.name, f"read {key}", media_type)
            return found

    def _put(self, key: str, body: Body, attributes: Mapping[str, str], *, mode: Any) -> Tag:
        result = self.store.put(
            self.root + key,
            body,
            attributes=dict(attributes) if self.has_attributes else None,
            mode=mode,
            use_multipart=not isinstance(body, bytes),
        )
        return Tag.of(result)

    def _object(self, meta: Mapping[str, Any], attributes: Mapping[str, str]) -> StoredObject:
        return StoredObject(
            key=meta["path"][len(self.root) :],
            size=meta["size"],
            tag=Tag.of(meta),
            modified=meta["last_modified"],
            attributes=attributes,
        )
