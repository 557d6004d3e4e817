"""dumb-pypi, the generator of static indexes that comes closest, through its own `main`."""

from importlib import import_module

from benchmarks.child import Work


def build(packages: str, output: str, *options: str) -> Work:
    """Build everything, or with `--previous-package-list-json` what differs."""
    main = import_module("dumb_pypi.main").main  # an extra that the other checks do without
    arguments = [
        "--package-list-json", packages,
        "--packages-url", "https://github.com/acme/packages/releases/download/all",
        "--output-dir", output,
        "--no-generate-timestamp",
        *options,
    ]  # fmt: skip
    return lambda: main(arguments)
