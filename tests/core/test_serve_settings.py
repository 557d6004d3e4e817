from datetime import timedelta

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.config.server import PasswordFiles, ServeSettings
from ghpypi.errors import ConfigError

FULL = """
reserved = ["Acme_*"]
[stores]
team = "acme/pypi"
tools = { store = "./tools", read-password-file = "/run/read" }
[upstream]
url = "https://pypi.org/simple"
merge = ["Torch"]
min-age = "7d"
[upstream.exceptions]
"acme-public-*" = "0"
"""


def test_every_setting_is_read() -> None:
    settings = ServeSettings.parse(FULL, source="serve.toml")

    assert settings.stores == {"team": "acme/pypi", "tools": "./tools"}
    assert settings.passwords == {"tools": PasswordFiles(read="/run/read")}
    assert settings.upstream == "https://pypi.org/simple/"
    assert (settings.reserved, settings.merge) == (("acme-*",), ("torch",))
    assert settings.age.of(NormalizedName("other")) == timedelta(days=7)
    assert settings.age.of(NormalizedName("acme-public-lib")) == timedelta()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[stores", "not valid TOML"),
        ("[store]\na = 'b'", "did you mean 'stores'"),
        ("[stores]\nsimple = 'acme/pypi'", "stores.simple: cannot be a short name"),
        ("[stores]\n'a/b' = 'acme/pypi'", "cannot be a short name"),
        ("[stores]\nlogin = 'acme/pypi'", "cannot be a short name"),
        ("[stores.a]\npassword-file = 'x'", "stores.a.store: is missing"),
        ("[stores.a]\nstore = '.'\nupload-password = 'x'", "did you mean 'upload-password-file'"),
        ("[stores]\na = 1", "stores.a: must be a string"),
        ("[upstream]\nurl = 'pypi.org'", "upstream.url: 'pypi.org' is not a URL"),
        ("[upstream]\nmin-age = 'week'", "upstream.min-age: 'week' is not an age"),
        ("[upstream.exceptions]\ntorch = 'x'", "upstream.exceptions.torch: 'x' is not an age"),
        ("[upstream]\nmin_age = '7d'", "did you mean 'min-age'"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ServeSettings.parse(text, source="serve.toml")

    assert fault in str(caught.value)


def test_patterns_that_match_nothing_are_refused_with_their_places() -> None:
    text = """
reserved = ["acme-*", "acme-new>=1"]
[upstream]
url = "https://index.example/simple/"
merge = ["a b"]
[upstream.exceptions]
"x y" = "0"
"""
    with pytest.raises(ConfigError) as caught:
        ServeSettings.parse(text, source="serve.toml")

    places = {fault.partition(":")[0] for fault in caught.value.faults}
    assert places == {"reserved[1]", "upstream.merge[0]", 'upstream.exceptions."x y"'}
