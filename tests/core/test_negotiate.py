import pytest

from ghpypi.core.simple.negotiation import PageFormat, choose, named

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", PageFormat.TEXT_HTML),
        ("*/*", PageFormat.TEXT_HTML),
        ("text/*", PageFormat.TEXT_HTML),
        ("text/html", PageFormat.TEXT_HTML),
        (JSON, PageFormat.JSON),
        (JSON.upper(), PageFormat.JSON),
        (HTML, PageFormat.HTML),
        ("application/vnd.pypi.simple.latest+json", PageFormat.JSON),
        ("application/vnd.pypi.simple.latest+html", PageFormat.HTML),
        ("application/*", PageFormat.JSON),
        (f"{JSON}, {HTML};q=0.1, text/html;q=0.01", PageFormat.JSON),
        (f"{JSON}, {HTML};q=0.2, text/html;q=0.01", PageFormat.JSON),
        (f"{JSON}, */*;q=0.1", PageFormat.JSON),
        (f"{HTML};q=0.9, {JSON};q=0.8", PageFormat.HTML),
        (f"{JSON};q=0, */*", PageFormat.TEXT_HTML),
        (f"{JSON} ; Q=0.5 , text/html; q=0.6", PageFormat.TEXT_HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", PageFormat.TEXT_HTML),
        (f"{JSON}, {HTML}, text/html", PageFormat.JSON),
        (f"nonsense, {HTML}", PageFormat.HTML),
    ],
)
def test_the_form_is_what_the_client_likes_best(accept: str, form: PageFormat) -> None:
    assert choose(accept) is form


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "image/png",
        f"{JSON};q=0",
        "*/*;q=0",
        f"{JSON};q=nonsense",
        f"{JSON};q=nan",
        "application/vnd.pypi.simple.v2+json",
        "nonsense",
    ],
)
def test_what_there_is_not_is_not_acceptable(accept: str) -> None:
    assert choose(accept) is None


def test_a_range_that_is_excluded_by_name_stays_excluded() -> None:
    assert choose("text/html;q=0, */*;q=0.5") is PageFormat.HTML


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (JSON, PageFormat.JSON),
        ("application/vnd.pypi.simple.v1 json", PageFormat.JSON),
        ("text/html", PageFormat.TEXT_HTML),
        ("text/*", None),
        ("json", None),
    ],
)
def test_the_parameter_names_one_form(text: str, form: PageFormat | None) -> None:
    assert named(text) is form
