"""Editing INI files such as pip's, preserving everything else."""

from configparser import Error

from configupdater import ConfigUpdater

from ghpypi.errors import UsageError


def read_option(text: str, section: str, key: str) -> str | None:
    """Read an option, with its lines joined by spaces; `None` if it is not set.

    Args:
        text: The content of the file.
        section: The section's name, without brackets.
        key: The option as pip names it, with hyphens.

    Raises:
        UsageError: The text is not a valid INI file.
    """
    document = _parse(text)
    if not document.has_option(section, key):
        return None
    return " ".join((document.get(section, key).value or "").split())


def set_option(text: str, section: str, key: str, value: str) -> str:
    """Set an option, in place if it exists, otherwise at the beginning of its section.

    Args:
        text: The content of the file; empty if there is none.
        section: The section's name; a missing section is added at the end of the file.
        key: The option as pip names it, with hyphens.
        value: One line.

    Raises:
        UsageError: The value has control characters, such as newlines, or the text is not a valid
            INI file.
    """
    if not value.isprintable():
        raise UsageError(f"invalid value {value!r} for {key}: it has control characters")
    if read_option(text, section, key) == value:
        return text
    document = _parse(text)
    if not document.has_section(section):
        if document.sections():
            document[document.sections()[-1]].add_after.space(1)
        document.add_section(section)
    if document.has_option(section, key):
        document[section][key].value = value
    elif options := document.options(section):
        document[section][options[0]].add_before.option(key, value)
    else:
        document.set(section, key, value)
    written = str(document)
    return written.replace("\n", "\r\n") if "\r\n" in text else written


class _PipFile(ConfigUpdater):
    """A parser with pip's normalization of option names."""

    def optionxform(self, optionstr: str) -> str:
        """Normalize the name of an option as pip does: `index_url` is `index-url`."""
        return optionstr.lower().replace("_", "-")


def _parse(text: str) -> ConfigUpdater:
    """Parse a file.

    Raises:
        UsageError: The text is not a valid INI file.
    """
    try:
        return _PipFile().read_string(text.replace("\r\n", "\n"))
    except Error as error:
        reason = " ".join(str(error).replace("'<string>'", "").split())
        raise UsageError(f"invalid INI file: {reason}") from error
