"""Steps of `ghpypi init` that are the same for several kinds of stores."""

from collections.abc import Callable, Sequence

from ghpypi.ports import Finding


class IndexStep:
    """Publishes the first index, which may be empty.

    Args:
        needs: The titles of the steps before it.
        exists: Returns whether there is an index.
        check: Raises an error if files that ghpypi did not write conflict with the index.
        fill: Publishes the index.
    """

    title = "index"
    page = ""

    def __init__(
        self,
        *,
        needs: Sequence[str],
        exists: Callable[[], bool],
        check: Callable[[], None],
        fill: Callable[[], None],
    ) -> None:
        self.needs = tuple(needs)
        self._exists = exists
        self._check = check
        self._fill = fill

    def check(self) -> Finding:
        """Check whether the index exists.

        Raises:
            OccupiedError: Files that ghpypi did not write conflict with the index.
        """
        if self._exists():
            return Finding()
        self._check()
        return Finding(missing="published")

    def apply(self) -> str:
        """Publish it."""
        self._fill()
        return ""
