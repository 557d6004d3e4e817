"""Changes to an INI file, such as pip's, that leave everything else as it is."""

from configparser import Error

from configupdater import ConfigUpdater

from ghpypi.errors import UsageError


def read_option(text: str, section: str, key: str) -> str | None:
    """Read an option, with its lines joined by spaces; `None` if there is none.

    Args:
        text: The content of the file.
        section: The section's name, without brackets.
        key: The option as pip names it, with hyphens.

    Raises:
        UsageError: The text is no INI file.
    """
    document = _parse(text)
    if not document.has_option(section, key):
        return None
    return " ".join((document.get(section, key).value or "").split())


def set_option(text: str, section: str, key: str, value: str) -> str:
    """Set an option, in its place if it is there, else at the beginning of its section.

    Args:
        text: The content of the file; empty if there is none.
        section: The section's name; it is added at the end of the file if there is none.
        key: The option as pip names it, with hyphens.
        value: One line.

    Raises:
        UsageError: The value has control characters, which would begin another line, or the text
            is no INI file.
    """
    if not value.isprintable():
        raise UsageError(f"{value!r} cannot be the value of {key}: it has control characters")
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
    """A file with pip's names of options."""

    def optionxform(self, optionstr: str) -> str:
        """Normalize the name of an option as pip does: to it, `index_url` is `index-url`."""
        return optionstr.lower().replace("_", "-")


def _parse(text: str) -> ConfigUpdater:
    """Read a file.

    Raises:
        UsageError: It is no INI file.
    """
    try:
        return _PipFile().read_string(text.replace("\r\n", "\n"))
    except Error as error:
        reason = " ".join(str(error).replace("'<string>'", "").split())
        raise UsageError(f"pip's configuration is no INI file: {reason}") from error
