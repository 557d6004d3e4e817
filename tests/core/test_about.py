"""What pages say of a project."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.metadata import Metadata
from ghpypi.core.site.about import About
from tests.support.strategies import texts

PLAIN = Metadata(name="Acme.Lib", version="1.0", requires_python=None, summary="")


def about(**changes: Any) -> About:
    return About.of(PLAIN._replace(**changes))


def test_missing_fields_are_not_shown() -> None:
    assert about() == About(name="Acme.Lib", version="1.0")


def test_given_fields_are_shown() -> None:
    said = about(
        requires_python=">=3.9",
        summary="Does things",
        requires_dist=("other>=2",),
        provides_extra=("x",),
        keywords=("one",),
        description="*hello*",
        description_content_type="text/markdown",
    )

    assert said == About(
        name="Acme.Lib",
        version="1.0",
        requires_python=">=3.9",
        summary="Does things",
        requires_dist=("other>=2",),
        extras=("x",),
        keywords=("one",),
        description="<p><em>hello</em></p>\n",
    )


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Jane Roe", "Jane Roe"),
        ("Jane Roe <jane@acme.example>", "Jane Roe"),
        ("jane@acme.example", "jane@acme.example"),
        ('"Roe, Jane" <j@x.example>, Bob <b@x.example>', "Roe, Jane, Bob"),
        ("@", "@"),
    ],
)
def test_people_are_named_without_their_addresses(text: str, author: str) -> None:
    assert about(author=text).author == author


@pytest.mark.parametrize(
    ("text", "classifiers", "name"),
    [
        ("MIT", ("License :: OSI Approved :: BSD License",), "MIT"),
        ("", ("License :: OSI Approved :: BSD License", "Typing :: Typed"), "BSD License"),
        ("Permission is hereby granted " * 20, ("License :: Free",), "Free"),
        ("", (), ""),
    ],
)
def test_a_license_has_a_name(text: str, classifiers: tuple[str, ...], name: str) -> None:
    assert about(license=text, classifiers=classifiers).license == name


def test_a_license_without_a_name_is_shown_as_it_begins() -> None:
    shown = about(license="Permission is hereby granted " * 20).license

    assert shown.startswith("Permission")
    assert len(shown) == 101


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//acme.example/",
        "https:",
        "https:///x",
        "docs/index.html",
        "https://acme.example/a b",
        "http://[broken",
        "",
    ],
)
def test_what_is_no_link_to_the_web_is_left_out(url: str) -> None:
    assert about(project_urls=(("Label", url),)).urls == ()


@pytest.mark.parametrize("url", ["https://acme.example/?a=b#c", "http://x", "mailto:a@b.example"])
def test_links_to_the_web_are_kept(url: str) -> None:
    assert about(project_urls=(("Label", url),)).urls == (("Label", url),)


@pytest.mark.parametrize(("url", "label"), [("https://x/y", "x"), ("mailto:a@b", "mailto:a@b")])
def test_a_link_without_a_label_is_called_by_its_place(url: str, label: str) -> None:
    assert about(project_urls=(("", url),)).urls == ((label, url),)


def test_characters_that_change_the_direction_and_controls_are_removed() -> None:
    said = about(summary="\u202egnp.exe\x1b[31m\u2066\ud800 שלום", keywords=("\u202e", "a\x00"))

    assert said.summary == "gnp.exe[31m שלום"
    assert said.keywords == ("a",)


def test_there_is_an_end_to_everything() -> None:
    said = about(
        name="n" * 5000,
        summary="s " * 500_000,
        keywords=tuple(f"{n} {'k' * 999}" for n in range(999)),
        requires_dist=tuple(f"d{n}>=1" for n in range(9999)),
        classifiers=tuple(f"c{n}" for n in range(9999)),
        provides_extra=tuple(f"e{n}" for n in range(9999)),
        project_urls=tuple((f"u{n}", f"https://x/{n}") for n in range(9999)),
    )

    assert len(said.summary) == 512
    assert said.summary.endswith("…")
    assert len(said.dump()) < 30_000


@given(
    st.builds(
        Metadata,
        name=texts,
        version=texts,
        requires_python=st.none() | texts,
        summary=texts,
        keywords=st.lists(texts, max_size=3).map(tuple),
        author=texts | texts.map(lambda text: f"{text}@{text}"),
        license=texts,
        project_urls=st.lists(
            st.tuples(texts, texts | texts.map("https://{}".format)), max_size=3
        ).map(tuple),
    )
)
def test_what_is_written_down_is_read_back(metadata: Metadata) -> None:
    said = About.of(metadata)

    assert About.parse(said.dump()) == said
    assert said.dump().endswith(b"}\n")


GOOD: dict[str, Any] = json.loads(About(name="acme", version="1.0").dump())


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        json.dumps(GOOD | {"format": 2}).encode(),
        json.dumps(GOOD | {"more": 1}).encode(),
        json.dumps({key: value for key, value in GOOD.items() if key != "name"}).encode(),
        json.dumps(GOOD | {"name": None}).encode(),
        json.dumps(GOOD | {"name": ["acme"]}).encode(),
        json.dumps(GOOD | {"keywords": "acme"}).encode(),
        json.dumps(GOOD | {"keywords": [1]}).encode(),
        json.dumps(GOOD | {"urls": ["https://x"]}).encode(),
        json.dumps(GOOD | {"urls": [["Home", "javascript:alert(1)"]]}).encode(),
    ],
)
def test_a_damaged_document_is_ignored(damage: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever kind json chooses
        About.parse(damage)
