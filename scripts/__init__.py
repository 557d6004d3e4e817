"""Programs for those who maintain ghpypi; started from the checkout with `python -m`."""
