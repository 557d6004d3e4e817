"""What a command says about the repositories that it indexes."""

from collections.abc import Sequence

from ghpypi.core.locator import Locator
from ghpypi.ports import Reporter


def report_left_out(reporter: Reporter, *, hidden: int, unused_exclusions: Sequence[str]) -> None:
    """Report which repositories match and are not indexed, and exclusions that exclude none.

    Args:
        reporter: For the messages.
        hidden: How many repositories are less visible than the site. They are not named: the log
            of a workflow is as public as its repository.
        unused_exclusions: Patterns of `exclude-repositories` without effect.
    """
    if hidden:
        reporter.step(
            f"leaving out {hidden} of the repositories that match: fewer people may read them "
            "than the site"
        )
    for pattern in unused_exclusions:
        reporter.warn(
            f"index.exclude-repositories: '{pattern}' excludes nothing: no repository that "
            "'repositories' matches, and that this token may see, has such a name"
        )


def warn_private(reporter: Reporter, private: Sequence[str], store: Locator) -> None:
    """Warn that installers cannot fetch files of private repositories from a static site."""
    if private:
        reporter.warn(
            f"installers cannot fetch the files of {', '.join(private)} from a static site, "
            "because GitHub wants a token for each: serve the index with 'ghpypi serve "
            f"{store}', or install with 'ghpypi run --store {store} -- pip install NAME'"
        )
