"""Core metadata, of every version there is."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ghpypi.core.metadata import LONGEST_REASON, InvalidMetadataError, Metadata, content_faults
from ghpypi.errors import DamagedError, FailedError

READABLE = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"]


def text(**fields: str) -> bytes:
    """Write metadata; an empty field is left out."""
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    merged = {"Metadata-Version": "2.4", "Name": "Acme.Lib", "Version": "1.0"} | named
    return "".join(f"{key}: {value}\n" for key, value in merged.items() if value).encode()


@pytest.mark.parametrize("version", READABLE)
def test_every_version_of_this_major_version_is_read(version: str) -> None:
    metadata = Metadata.parse(text(Metadata_Version=version, Summary="Does things"))

    assert metadata == Metadata(
        name="Acme.Lib", version="1.0", requires_python=None, summary="Does things"
    )


@pytest.mark.parametrize("version", [each for each in READABLE if each > "1.1"])
def test_requires_python_is_read_since_it_exists(version: str) -> None:
    metadata = Metadata.parse(text(Metadata_Version=version, Requires_Python=">=3.9"))

    assert metadata.requires_python == ">=3.9"


def test_fields_of_newer_versions_do_no_harm() -> None:
    content = text(
        Metadata_Version="2.6",
        Import_Name="acme",
        Import_Namespace="acme.plugins",
        Dynamic="Requires-Dist",
        License_Expression="MIT",
        Something_New="x",
    )

    assert Metadata.parse(content + b"\nA description: with a colon\n").name == "Acme.Lib"


@pytest.mark.parametrize("version", ["3.0", "10.1"])
def test_a_greater_major_version_is_refused(version: str) -> None:
    with pytest.raises(InvalidMetadataError, match=f"{version} is newer than 2.6,"):
        Metadata.parse(text(Metadata_Version=version))


@pytest.mark.parametrize("field", ["Metadata-Version", "Name", "Version"])
def test_a_field_that_is_required_and_missing_is_named(field: str) -> None:
    with pytest.raises(InvalidMetadataError, match=f"its metadata has no {field}$"):
        Metadata.parse(text(**{field: ""}))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"nonsense", b"<html></html>"])
def test_what_is_no_metadata_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidMetadataError, match="no Metadata-Version"):
        Metadata.parse(content)


def test_a_metadata_version_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidMetadataError, match="Metadata-Version 'new' is not a version"):
        Metadata.parse(text(Metadata_Version="new"))


def test_text_in_another_encoding_is_read_as_far_as_it_goes() -> None:
    metadata = Metadata.parse(text(Summary="x").replace(b"x", b"gr\xfc\xdfe"))

    assert metadata.summary == "grüße"


def test_several_threads_read_without_a_warning() -> None:
    content = text(Metadata_Version="2.6", Requires_Python=">=3.9")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(Metadata.parse, [content] * 400))

    assert {each.requires_python for each in found} == {">=3.9"}


@pytest.mark.parametrize("specifier", ["", ">=3.9", ">=3.9,<4", "~=3.10", "!=3.11.*"])
def test_a_specifier_is_valid(specifier: str) -> None:
    metadata = Metadata.parse(text(Requires_Python=specifier))

    assert metadata.valid_requires_python == metadata.requires_python


@pytest.mark.parametrize("specifier", ["3.9", ">=3.9 or so", ">=3.x", "=>3.9", f">={'9' * 5000}"])
def test_what_is_no_specifier_is_not_valid(specifier: str) -> None:
    metadata = Metadata.parse(text(Requires_Python=specifier))

    assert metadata.requires_python == specifier
    assert metadata.valid_requires_python is None


@pytest.mark.parametrize("version", ["1" * 5000, "2." + "1" * 5000])
def test_a_number_of_thousands_of_digits_is_no_metadata_version(version: str) -> None:
    with pytest.raises(InvalidMetadataError, match="is not a version"):
        Metadata.parse(text(Metadata_Version=version))


def test_the_headers_of_an_email_with_attachments_mean_nothing() -> None:
    body = b"--x\n\nhello\n--x--\n"
    headers = b"Content-Type: multipart/mixed; boundary=x\n"
    metadata = Metadata.parse(text().rstrip() + b"\n" + headers + b"\n" + body)

    assert (metadata.name, metadata.description) == ("Acme.Lib", body.decode())


def test_attachments_within_attachments_cost_nothing() -> None:
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(2000)
    )
    metadata = Metadata.parse(text().rstrip() + b"\n" + parts)

    assert metadata.description == parts.decode().partition("\n\n")[2]


def test_a_file_of_very_many_fields_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidMetadataError, match="more than 20,000 lines of fields"):
        Metadata.parse(text() + b"A: b\r" * 20_001)


def test_a_long_description_has_no_limit_of_lines() -> None:
    assert Metadata.parse(text().rstrip() + b"\r\n\r\n" + b"line\n" * 30_000).description


def test_what_pages_show_is_read() -> None:
    metadata = Metadata.parse(
        text(
            Author="Jane Roe",
            License_Expression="MIT",
            Home_page="https://acme.example/",
            Download_URL="https://acme.example/download",
            Description_Content_Type="text/markdown",
            Keywords="one, two words,one,",
        )
        + b"Requires-Dist: other>=2\nRequires-Dist: more; extra == 'x'\nProvides-Extra: x\n"
        b"Classifier: Typing :: Typed\nProject-URL: Source, https://acme.example/source\n"
        b"\n# Acme\n"
    )

    assert metadata == Metadata(
        name="Acme.Lib",
        version="1.0",
        requires_python=None,
        summary="",
        keywords=("one", "two words"),
        author="Jane Roe",
        license="MIT",
        requires_dist=("other>=2", "more; extra == 'x'"),
        provides_extra=("x",),
        classifiers=("Typing :: Typed",),
        project_urls=(
            ("Homepage", "https://acme.example/"),
            ("Source", "https://acme.example/source"),
            ("Download", "https://acme.example/download"),
        ),
        description="# Acme\n",
        description_content_type="text/markdown",
    )


def test_the_home_page_comes_first_however_it_is_spelled() -> None:
    lines = "Project-URL: Docs, https://docs\nProject-URL: home page, https://home\n"

    assert Metadata.parse(text() + lines.encode()).project_urls == (
        ("home page", "https://home"),
        ("Docs", "https://docs"),
    )


def test_an_address_is_listed_once_and_a_label_without_one_not_at_all() -> None:
    lines = "Project-URL: Code, https://home\nProject-URL: nothing\n"
    metadata = Metadata.parse(text(Home_page="https://home") + lines.encode())

    assert metadata.project_urls == (("Homepage", "https://home"),)


def test_keywords_without_commas_are_separated_by_spaces() -> None:
    assert Metadata.parse(text(Keywords="one two  three")).keywords == ("one", "two", "three")


@pytest.mark.parametrize(
    ("fields", "author", "maintainer"),
    [
        ({"Author": "A", "Author_email": "B <b@x>"}, "A, B <b@x>", ""),
        ({"Author": "A", "Author_email": "a@x"}, "A", ""),
        ({"Author_email": "B <b@x>", "Maintainer": "C"}, "B <b@x>", "C"),
        ({"Maintainer": "C", "Maintainer_email": "D <d@x>"}, "", "C, D <d@x>"),
        ({"Maintainer_email": "d@x"}, "", "d@x"),
        ({}, "", ""),
    ],
)
def test_authors_and_maintainers_are_read_from_names_and_addresses(
    fields: dict[str, str], author: str, maintainer: str
) -> None:
    found = Metadata.parse(text(**fields))

    assert (found.author, found.maintainer) == (author, maintainer)


def test_the_older_field_of_the_license_is_the_fallback() -> None:
    assert Metadata.parse(text(License="BSD")).license == "BSD"


@pytest.mark.parametrize(
    "error",
    [RecursionError("too deep"), ValueError("x" * 10_000), KeyError("a"), TypeError()],
    ids=lambda error: type(error).__name__,
)
def test_whatever_the_content_of_a_file_raises_is_a_fault_of_the_file(error: Exception) -> None:
    with (
        pytest.raises(InvalidMetadataError, match=type(error).__name__) as caught,
        content_faults(),
    ):
        raise error

    assert len(str(caught.value)) <= LONGEST_REASON


@pytest.mark.parametrize(
    "error",
    [
        FailedError("no"),
        DamagedError("no"),
        OSError(28, "disk full"),
        InvalidMetadataError("it is"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_fault_of_the_content_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, content_faults():
        raise error

    assert caught.value is error
