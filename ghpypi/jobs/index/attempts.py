"""How often a run starts over because other runs publish at the same time."""

from ghpypi.core.quantities import count_of
from ghpypi.errors import OutdatedError
from ghpypi.ports import Reporter

ATTEMPTS = 12
"""Maximum number of attempts to publish while other runs publish too."""


class Attempts:
    """The attempts of a run to publish.

    Args:
        site: The name of the site.
        reporter: Receives a step for each new attempt.
    """

    def __init__(self, site: str, reporter: Reporter) -> None:
        self._site = site
        self._reporter = reporter
        self._overtaken = 0

    def start_over(self) -> None:
        """Record that another run was faster.

        Raises:
            OutdatedError: That was the last attempt.
        """
        self._overtaken += 1
        if self._overtaken == ATTEMPTS:
            raise OutdatedError(
                f"{self._site} was changed by others {count_of(ATTEMPTS, 'time')} while this run "
                "was at work",
                hint="run it again when they are done",
            ) from None
        self._reporter.step("another run has published in the meantime; starting over")
