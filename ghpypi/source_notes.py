"""Messages about the repositories that are indexed."""

from collections.abc import Sequence

from ghpypi.core.locator import Locator
from ghpypi.ports import Reporter


def report_left_out(reporter: Reporter, *, hidden: int, unused_exclusions: Sequence[str]) -> None:
    """Report matching repositories that are not indexed, and exclusions without effect.

    Args:
        reporter: Receives the messages.
        hidden: Number of repositories that are less visible than the site. They are not named,
            because the log of a workflow is as public as its repository.
        unused_exclusions: Patterns of `exclude-repositories` that match nothing.
    """
    if hidden:
        reporter.step(
            f"skipping {hidden} of the matching repositories, because they are less visible than "
            "the site"
        )
    for pattern in unused_exclusions:
        reporter.warn(
            f"index.exclude-repositories: '{pattern}' matches none of the repositories that "
            "'repositories' includes and this token can read"
        )


def warn_private(reporter: Reporter, private: Sequence[str], store: Locator) -> None:
    """Warn that installers cannot fetch files of private repositories from a static site."""
    if private:
        reporter.warn(
            f"installers cannot fetch the files of {', '.join(private)} from a static site, "
            "because GitHub wants a token for each: serve the index with 'ghpypi serve "
            f"{store}', or install with 'ghpypi run --store {store} -- pip install NAME'"
        )
