"""Text made fit for terminals, logs and reports: no tokens, no control characters, no commands.

Names, versions, reasons and addresses are written by anyone who publishes a package or answers a
request. A terminal obeys escape sequences in them, and the runner of GitHub Actions obeys lines
that look like its commands. And anyone may paste a token where it does not belong.
"""

import re
from collections.abc import Iterable

MASK = "***"

_TOKENS = re.compile(
    r"""
    gh[pousr]_[A-Za-z0-9]{20,}              # classic, OAuth, app and refresh tokens of GitHub
    | ghs_[0-9]+_eyJ[A-Za-z0-9_.-]+         # tokens of apps that are JWTs
    | github_pat_[A-Za-z0-9_]{20,}          # fine-grained tokens
    | ghpypi-upload-[A-Za-z0-9_.=-]+        # of trusted publishers, made by ghpypi serve
    | (?<![A-Za-z0-9_])(?:
        v[0-9]\.[0-9a-f]{40}                # tokens of apps before 2021
        | pypi-[A-Za-z0-9_-]{60,}           # of PyPI
        | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?   # any JWT (RFC 7519)
      )
    """,
    re.VERBOSE,
)
"""Tokens that can be told by their form. They are long: the wheels of `ghp-import` are no tokens.

Source: GitHub documentation, "Token formats"; GitHub blog, "Behind GitHub's new authentication
token formats"."""

_HEX_TOKEN = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{40}(?![0-9a-fA-F])")
"""A token of GitHub from before 2021, or the name of a commit."""

_PASSWORD = re.compile(
    r"(?<=://)(?:[^\s/@:\"'<>\\]*:[^\s/@\"'<>\\]*|[^\s/@:\"'<>\\]{20,})(?=@)"
    r"|(?<=[?&])(?P<name>access_token|token|sig|signature|jwt|x-amz-signature)=[^&\s\"'<>\\\x00-\x1f]+",
    re.IGNORECASE,
)
"""User name and password in an address, of which either may be the secret; a user name that is too
long for one; signatures and tokens in a query."""

_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
"""Begins a workflow command: `::add-mask::`, after any white space."""

_OLD_COMMAND = "##["
"""Begins a workflow command of the older kind anywhere in a line.

Source: actions/runner, `ActionCommand.cs` (`TryParseV2` and `TryParse`)."""


def masked(text: str, secrets: Iterable[str] = (), *, hex_tokens: bool = False) -> str:
    """Hide what is a token by its form, and secrets that are known.

    Args:
        text: From anywhere.
        secrets: The secrets that this process uses.
        hex_tokens: Hide 40 hexadecimal digits, where no commit can be meant.
    """
    for secret in secrets:
        text = text.replace(secret, MASK)
    text = _PASSWORD.sub(_without_value, _TOKENS.sub(MASK, text))
    return _HEX_TOKEN.sub(MASK, text) if hex_tokens else text


def plain(text: str, secrets: Iterable[str] = (), *, keep: str = "\n") -> str:
    r"""Make a text fit to be shown: without tokens, and without power over who shows it.

    Args:
        text: From anywhere.
        secrets: The secrets that this process uses.
        keep: Control characters that stay; all others become escapes such as `\x1b`.
    """
    shown = "".join(
        each if each.isprintable() or each in keep else _escaped(each)
        for each in masked(text, secrets)
    )
    return _COMMAND.sub(r"\1\\x3a", shown).replace(_OLD_COMMAND, r"#\x23[")


def plain_json(document: str, secrets: Iterable[str] = ()) -> str:
    """Make a JSON document fit to be shown; it means the same afterwards, but for tokens.

    Args:
        document: The document, with the structure of it in ASCII.
        secrets: The secrets that this process uses.
    """
    shown = "".join(
        each if each.isprintable() or each == "\n" else _escaped_json(each)
        for each in masked(document, secrets)
    )
    return shown.replace(_OLD_COMMAND, r"#\u0023[")


def _without_value(found: re.Match[str]) -> str:
    return f"{found['name']}={MASK}" if found["name"] else MASK


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"  # noqa: PLR2004


def _escaped_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
