"""Sanitizing text for terminals, logs and reports: tokens, control characters, workflow commands.

Names, versions, reasons and URLs come from package authors and remote servers. Terminals interpret
escape sequences, and the runner of GitHub Actions executes lines that look like its commands. And
users may paste tokens in wrong places.
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
"""Tokens that have a recognizable format. They are long: wheels of `ghp-import` do not match.

Source: GitHub documentation, "Token formats"; GitHub blog, "Behind GitHub's new authentication
token formats"."""

_HEX_TOKEN = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{40}(?![0-9a-fA-F])")
"""A GitHub token from before 2021, or a commit ID."""

_PASSWORD = re.compile(
    r"(?<=://)(?:[^\s/@:\"'<>\\]*:[^\s/@\"'<>\\]*|[^\s/@:\"'<>\\]{20,})(?=@)"
    r"|(?<=[?&])(?P<name>access_token|token|sig|signature|jwt|x-amz-signature)=[^&\s\"'<>\\\x00-\x1f]+",
    re.IGNORECASE,
)
"""User name and password in a URL, either of which may be secret; long user names; signatures and
tokens in a query."""

_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
"""The start of a workflow command: `::add-mask::`, after any whitespace."""

_OLD_COMMAND = "##["
"""The start of an old-style workflow command, anywhere in a line.

Source: actions/runner, `ActionCommand.cs` (`TryParseV2` and `TryParse`)."""


def masked(text: str, secrets: Iterable[str] = (), *, hex_tokens: bool = False) -> str:
    """Mask tokens that have a recognizable format, and known secrets.

    Args:
        text: Untrusted text.
        secrets: The secrets that this process uses.
        hex_tokens: Also mask 40 hexadecimal digits, if they cannot be a commit ID.
    """
    for secret in secrets:
        text = text.replace(secret, MASK)
    text = _PASSWORD.sub(_without_value, _TOKENS.sub(MASK, text))
    return _HEX_TOKEN.sub(MASK, text) if hex_tokens else text


def plain(text: str, secrets: Iterable[str] = (), *, keep: str = "\n") -> str:
    r"""Sanitize a text for display: mask tokens, escape control characters and workflow commands.

    Args:
        text: Untrusted text.
        secrets: The secrets that this process uses.
        keep: Control characters to keep; all others become escapes such as `\x1b`.
    """
    shown = "".join(
        each if each.isprintable() or each in keep else _escaped(each)
        for each in masked(text, secrets)
    )
    return _COMMAND.sub(r"\1\\x3a", shown).replace(_OLD_COMMAND, r"#\x23[")


def plain_json(document: str, secrets: Iterable[str] = ()) -> str:
    """Sanitize a JSON document for display; its meaning is unchanged, except for tokens.

    Args:
        document: The document, whose structure must be ASCII.
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
