import pytest

from ghpypi.core.simple.negotiation import Form, choose, named

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form.TEXT_HTML),
        ("*/*", Form.TEXT_HTML),
        ("text/*", Form.TEXT_HTML),
        ("text/html", Form.TEXT_HTML),
        (JSON, Form.JSON),
        (JSON.upper(), Form.JSON),
        (HTML, Form.HTML),
        ("application/vnd.pypi.simple.latest+json", Form.JSON),
        ("application/vnd.pypi.simple.latest+html", Form.HTML),
        ("application/*", Form.JSON),
        (f"{JSON}, {HTML};q=0.1, text/html;q=0.01", Form.JSON),
        (f"{JSON}, {HTML};q=0.2, text/html;q=0.01", Form.JSON),
        (f"{JSON}, */*;q=0.1", Form.JSON),
        (f"{HTML};q=0.9, {JSON};q=0.8", Form.HTML),
        (f"{JSON};q=0, */*", Form.TEXT_HTML),
        (f"{JSON} ; Q=0.5 , text/html; q=0.6", Form.TEXT_HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Form.TEXT_HTML),
        (f"{JSON}, {HTML}, text/html", Form.JSON),
        (f"nonsense, {HTML}", Form.HTML),
    ],
)
def test_the_form_is_what_the_client_likes_best(accept: str, form: Form) -> None:
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
    assert choose("text/html;q=0, */*;q=0.5") is Form.HTML


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (JSON, Form.JSON),
        ("application/vnd.pypi.simple.v1 json", Form.JSON),
        ("text/html", Form.TEXT_HTML),
        ("text/*", None),
        ("json", None),
    ],
)
def test_the_parameter_names_one_form(text: str, form: Form | None) -> None:
    assert named(text) is form
