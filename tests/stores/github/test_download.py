"""Files on another machine that are read like files on this one, in few bytes."""

import io
import mmap
import random
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
import requests
import urllib3

from ghpypi.core.digest import CHUNK
from ghpypi.core.distribution.examine import skim
from ghpypi.core.names import Filename
from ghpypi.core.sample import build_sdist
from ghpypi.errors import DamagedError, TryLaterError
from ghpypi.stores.github.download import DownloadStream
from ghpypi.stores.github.range_file import BLOCK, WHOLE_LIMIT, RangeFile
from ghpypi.stores.github.releases import GitHubStore
from ghpypi.stores.github.retry import Backoff
from tests.emulator import Fault, Request
from tests.stores.github.scene import Scene

CONTENT = random.Random(1).randbytes(5 * BLOCK + 1234)  # noqa: S311 - bytes like any others
WHEEL = "acme_lib-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: acme-lib\nVersion: 1.0\n"
PATIENCE = Backoff(100, sleep=lambda _: None)


class Far:
    """A file that is far away, and how much of it was carried here."""

    def __init__(self, content: bytes | mmap.mmap, *, ranges: bool = True) -> None:
        self._content = content
        self._ranges = ranges
        self.carried = 0
        self.asked: list[str] = []
        self.broken: list[Callable[[bytes], bytes]] = []
        self.headers: dict[str, str] = {}

    def fetch(self, headers: Mapping[str, str]) -> requests.Response:
        wanted = headers.get("Range", "")
        self.asked.append(wanted)
        response = requests.Response()
        response.status_code = 206 if wanted and self._ranges else 200
        part = slice(None)
        if response.status_code == 206:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            part = slice(int(first), int(last) + 1 if last else None)
        content = self._content[part]
        if self.broken:
            content = self.broken.pop(0)(content)
        response.raw = _Body(content, self)
        response.headers.update(self.headers)
        return response

    @contextmanager
    def stream(self, *, size: int | None = None) -> Iterator[BinaryIO]:
        stream = DownloadStream("it", self.fetch, PATIENCE.start(), size=size)
        with io.BufferedReader(stream, CHUNK) as file:
            yield file

    @contextmanager
    def ranges(self) -> Iterator[BinaryIO]:
        ranges = RangeFile("it", self.fetch, PATIENCE.start(), size=len(self._content))
        with io.BufferedReader(ranges, BLOCK) as file:
            ranges.open()
            yield file


class _Body(io.BytesIO):
    """What comes over the wire; `!` at the end of it is a connection that breaks."""

    def __init__(self, content: bytes, far: Far) -> None:
        super().__init__(content.removesuffix(b"!broken!"))
        self._breaks = content.endswith(b"!broken!")
        self._far = far

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self._far.carried += len(piece)
        if not piece and self._breaks:
            raise urllib3.exceptions.ProtocolError("connection broken")
        return piece

    def release_conn(self) -> None:
        """Be closed like a connection."""


def broken_after(size: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:size] + b"!broken!"


def big_wheel(size: int) -> bytes:
    """A wheel whose payload does not compress."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("acme_lib/data.bin", random.Random(2).randbytes(size))  # noqa: S311
        text = "Metadata-Version: 2.1\nName: acme-lib\nVersion: 1.0\nRequires-Python: >=3.9\n"
        archive.writestr("acme_lib-1.0.dist-info/METADATA", text)
        archive.writestr("acme_lib-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("acme_lib-1.0.dist-info/RECORD", "")
    return buffer.getvalue()


def big_sdist(size: int) -> bytes:
    """A source distribution whose payload follows its metadata and does not compress."""
    payload = random.Random(3).randbytes(size).hex()  # noqa: S311
    return build_sdist("acme_lib", "1.0", {"PKG-INFO": "", "zz_data.txt": payload})[1]


def carried(requests_: list[Request]) -> int:
    """How many bytes the answers of the origin of signed addresses had."""
    total = 0
    for request in requests_:
        assert request.status == 206, "a whole file was sent"
        span = request.answer_headers["Content-Range"].removeprefix("bytes ").partition("/")[0]
        first, last = map(int, span.split("-"))
        total += last - first + 1
    return total


def only_asset(scene: Scene, name: str, content: bytes) -> GitHubStore:
    scene.repository.add_release("1.0").add_asset(name, content)
    return scene.connect().store()


def test_the_metadata_of_a_large_wheel_costs_little(scene: Scene) -> None:
    store = only_asset(scene, WHEEL, big_wheel(20_000_000))
    (release,) = store.releases()
    with store.seekable(release.assets[0]) as file:
        metadata = skim(file, Filename.parse(WHEEL)).metadata

    assert metadata
    assert metadata.requires_python == ">=3.9"
    assert carried(scene.github.requests_to("cdn")) < 200_000


def test_the_index_reads_large_wheels_in_places(scene: Scene) -> None:
    scene.repository.add_release("1.0").add_asset(WHEEL, big_wheel(20_000_000))
    scene.index()

    assert carried(scene.github.requests_to("cdn")) < 200_000


def test_reading_a_source_distribution_stops_at_its_metadata() -> None:
    far = Far(big_sdist(4_000_000))
    with far.stream() as file:
        skim(file, Filename.parse("acme_lib-1.0.tar.gz"))

    assert far.carried <= CHUNK
    assert len(far._content) > 3 * CHUNK


def test_the_index_reads_a_large_source_distribution_once(scene: Scene) -> None:
    scene.repository.add_release("1.0").add_asset("acme_lib-1.0.tar.gz", big_sdist(4_000_000))
    report = scene.index()

    assert report.files == 1
    assert [each.headers.get("range") for each in scene.github.requests_to("cdn")] == [None]


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, len(CONTENT)])
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_file_in_places_reads_like_a_file_here(size: int, ranges: bool) -> None:
    content = CONTENT[:size]
    near, far = io.BytesIO(content), Far(content, ranges=ranges)
    chance = random.Random(size)  # noqa: S311 - the same places each time
    with far.ranges() as file:
        assert file.seekable()
        assert file.readable()
        for _ in range(60):
            whence = chance.choice([io.SEEK_SET, io.SEEK_END])
            offset = chance.randint(0, size + 10)
            offset = -min(offset, size) if whence == io.SEEK_END else offset
            length = chance.choice([0, 1, 100, BLOCK, 3 * BLOCK])

            assert file.seek(offset, whence) == near.seek(offset, whence)
            assert file.read(length) == near.read(length)
            assert file.tell() == near.tell()


def test_no_block_is_fetched_twice() -> None:
    far = Far(CONTENT)
    with far.ranges() as file:
        for start in (0, len(CONTENT) - 5, 10, BLOCK, 0):
            file.seek(start)
            file.read(5)
        file.seek(0)

        assert file.read() == CONTENT
    assert far.carried == len(CONTENT)
    assert len(far.asked) == len(set(far.asked)) == 5  # the first two of six in one request


def test_a_read_of_many_blocks_is_one_request() -> None:
    far = Far(CONTENT)
    with far.ranges() as file:
        file.seek(1234 + BLOCK + 7)
        content = file.read(3 * BLOCK)
        file.seek(1234 + BLOCK)  # the block that this began in is known whole
        before = file.read(7)

    start = 1234 + BLOCK
    assert (before, content) == (CONTENT[start : start + 7], CONTENT[start + 7 :][: 3 * BLOCK])
    # Together with what precedes, where a wheel has its METADATA.
    assert far.asked[1:] == [f"bytes=0-{len(CONTENT) - BLOCK - 1}"]


def wheel_of_many_files(count: int) -> bytes:
    """A wheel as builders write it: METADATA and a RECORD with hashes follow the modules."""
    names = [f"acme_lib/some_package/a_module_{number}.py" for number in range(count)]
    record = "".join(
        f"{x},sha256={b64encode(CONTENT[i : i + 32])!r},100\n" for i, x in enumerate(names)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"x" * 100)
        archive.writestr("acme_lib-1.0.dist-info/METADATA", METADATA)
        archive.writestr("acme_lib-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\n")
        archive.writestr("acme_lib-1.0.dist-info/RECORD", record, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("count", "requests"), [(1, 1), (400, 1), (1_000, 2), (3_000, 2), (10_000, 2)]
)
def test_the_metadata_of_a_wheel_with_any_number_of_files_costs_two_requests(
    count: int, requests: int
) -> None:
    far = Far(wheel_of_many_files(count))
    with far.ranges() as file:
        assert skim(file, Filename.parse(WHEEL)).text == METADATA.encode()

    assert len(far.asked) == requests
    assert far.carried < 200_000 + 200 * count


def test_the_metadata_of_a_wheel_of_gigabytes_costs_two_requests(tmp_path: Path) -> None:
    path = tmp_path / WHEEL
    with path.open("w+b") as file:
        file.seek(5 * 1024**3)  # a hole, which takes no space
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("acme_lib/data.bin", bytes(CHUNK))
            archive.writestr("acme_lib-1.0.dist-info/METADATA", METADATA)
            archive.writestr("acme_lib-1.0.dist-info/RECORD", bytes(2 * BLOCK))
            archive.writestr("acme_lib-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            assert content.find(b"PK\x06\x06", len(content) - 200) > 0  # ZIP64
            far = Far(content)
            with far.ranges() as remote:
                found = skim(remote, Filename.parse(WHEEL))

    assert found.text == METADATA.encode()
    assert len(far.asked) == 2
    assert far.carried <= 7 * BLOCK


def test_a_large_file_of_a_server_without_ranges_is_not_downloaded() -> None:
    far = Far(CONTENT, ranges=False)
    file = RangeFile("it", far.fetch, PATIENCE.start(), size=WHOLE_LIMIT + 1)
    with pytest.raises(TryLaterError, match=r"it: the server ignores .* large .*: 268,435,457"):
        file.open()

    assert (len(far.asked), far.carried) == (1, 0)


def test_the_signed_address_of_a_private_wheel_is_requested_once(scene: Scene) -> None:
    scene.repository.private = True
    store = only_asset(scene, WHEEL, wheel_of_many_files(3_000))
    (release,) = store.releases()
    before = len(scene.github.requests_to("api"))
    with store.seekable(release.assets[0]) as file:
        assert skim(file, Filename.parse(WHEEL)).metadata
        file.seek(0)
        file.read(1)

    assert len(scene.github.requests_to("api")) == before + 1
    assert [each.status for each in scene.github.requests_to("cdn")] == [206, 206, 206]


def test_the_first_block_is_the_last_of_the_file() -> None:
    far = Far(CONTENT)
    with far.ranges():
        pass

    assert far.asked == [f"bytes={len(CONTENT) - BLOCK}-{len(CONTENT) - 1}"]


def test_seeking_before_the_start_stays_at_the_start() -> None:
    ranges = RangeFile("it", Far(CONTENT).fetch, PATIENCE.start(), size=len(CONTENT))

    assert ranges.seek(-10) == 0
    assert ranges.seek(5) == 5
    assert ranges.seek(2, io.SEEK_CUR) == 7
    assert ranges.seek(-3, io.SEEK_END) == len(CONTENT) - 3


def test_a_range_that_breaks_is_asked_for_again() -> None:
    far = Far(CONTENT)
    far.broken = [broken_after(10), lambda content: content[:-1]]
    with far.ranges() as file:
        assert file.read() == CONTENT
    assert far.asked[0] == far.asked[1] == far.asked[2]


def test_a_whole_file_that_breaks_is_asked_for_again() -> None:
    far = Far(CONTENT, ranges=False)
    far.broken = [broken_after(BLOCK)]
    with far.ranges() as file:
        assert file.read() == CONTENT
    assert len(far.asked) == 2


def test_ranges_that_break_all_the_time_are_given_up() -> None:
    far = Far(CONTENT)
    far.broken = [broken_after(0)] * 1000
    with pytest.raises(TryLaterError, match="GET it: the connection was interrupted"), far.ranges():
        pass


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
@pytest.mark.parametrize("size", [0, 1, 1000, BLOCK])
def test_a_stream_goes_on_where_it_broke(ranges: bool, size: int) -> None:
    far = Far(CONTENT, ranges=ranges)
    far.broken = [broken_after(size), broken_after(size // 2), broken_after(size)]
    with far.stream() as file:
        assert file.read() == CONTENT
    assert len(far.asked) == 4


def test_a_stream_that_ends_before_the_place_where_it_broke_is_at_its_end() -> None:
    far = Far(CONTENT, ranges=False)
    far.broken = [broken_after(1000), lambda content: content[:500]]
    with far.stream() as file:
        assert file.read() == CONTENT[:1000]


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_stream_that_ends_early_without_an_error_goes_on(ranges: bool) -> None:
    far = Far(CONTENT, ranges=ranges)
    far.broken = [lambda content: content[:1000], lambda content: content[:0]]
    with far.stream(size=len(CONTENT)) as file:
        assert file.read() == CONTENT
    assert len(far.asked) == 3


def test_a_stream_that_always_ends_early_is_given_up() -> None:
    far = Far(CONTENT)
    far.broken = [lambda content: content[:0]] * 1000
    with (
        pytest.raises(TryLaterError, match=r"it: ended after 0 of 328,914 bytes"),
        far.stream(size=len(CONTENT)) as file,
    ):
        file.read()


@pytest.mark.parametrize(
    ("ranges", "field", "value"),
    [
        (False, "Content-Length", "36"),
        (False, "Content-Length", "9" * 5000),
        (True, "Content-Range", "bytes 0-9/36"),
    ],
    ids=["page of a proxy", "nonsense", "part of another file"],
)
def test_an_answer_of_another_length_is_not_the_file(ranges: bool, field: str, value: str) -> None:
    far = Far(CONTENT, ranges=ranges)
    far.headers = {field: value}
    message = r"it: the response is of a file with \d+ bytes, not"
    with pytest.raises(DamagedError, match=message), far.ranges():
        pass

    assert (len(far.asked), far.carried) == (1, 0)


def test_a_stream_of_another_length_is_not_the_file() -> None:
    far = Far(CONTENT)
    far.headers = {"Content-Length": "36"}
    with (
        pytest.raises(DamagedError, match="of a file with 36 bytes, not 328914"),
        far.stream(size=len(CONTENT)) as file,
    ):
        file.read()


def test_an_answer_without_a_length_that_is_too_long_is_given_up_early() -> None:
    far = Far(CONTENT, ranges=False)
    far.broken = [lambda content: content + bytes(10 * CHUNK)] * 2
    with far.ranges() as file:
        assert file.read() == CONTENT

    assert far.carried == 3 * len(CONTENT) + 2


def test_a_range_that_cannot_be_satisfied_means_another_file(scene: Scene) -> None:
    store = only_asset(scene, WHEEL, CONTENT)
    (release,) = store.releases()
    longer = release.assets[0]._replace(size=10 * len(CONTENT))
    with pytest.raises(DamagedError, match="has a shorter file"), store.seekable(longer):
        pass


def test_a_stream_can_be_read_and_no_more() -> None:
    with Far(CONTENT).stream() as file:
        assert file.readable()
        assert not file.seekable()


def test_a_wheel_that_breaks_everywhere_is_still_read(scene: Scene) -> None:
    store = only_asset(scene, WHEEL, big_wheel(1_000_000))
    (release,) = store.releases()
    scene.github.faults.add(
        Fault.cut(origin="cdn"), Fault.reset_before(origin="cdn", nth=2), Fault.status(502, nth=4)
    )
    with store.seekable(release.assets[0]) as file:
        assert b"acme-lib" in (skim(file, Filename.parse(WHEEL)).text or b"")
