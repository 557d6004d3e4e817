"""A secret that does not show itself."""

from dataclasses import asdict

import pytest

from ghpypi.core.secret import Secret

SECRET = Secret("ghp_opensesame")


@pytest.mark.parametrize(
    "text",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET!r:>40}",
        "%s %r" % (SECRET, SECRET),  # noqa: UP031 - logging formats so
        "{} {!r}".format(SECRET, SECRET),  # noqa: UP032 - a way that has to be tried
        str([SECRET]),
        str({"token": SECRET}),
        repr(ValueError(SECRET)),
        str(ValueError(SECRET)),
    ],
)
def test_no_way_of_writing_it_shows_it(text: str) -> None:
    assert "opensesame" not in text


def test_the_one_who_sends_it_gets_it() -> None:
    assert SECRET.reveal() == "ghp_opensesame"


def test_secrets_are_equal_by_what_they_hide() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert asdict(Secret("a")) == {"_text": "a"}
