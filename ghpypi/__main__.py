"""The program `ghpypi`, also as `python -m ghpypi`.

Signals are taken over before anything slow is imported.
"""

from ghpypi.cli.signals import run_process


def main() -> None:
    """Run the command line, and exit with its code."""
    run_process(_work)


def _work() -> int:
    from ghpypi.cli.main import run  # noqa: PLC0415 - slow to import

    return run(in_log=True)


if __name__ == "__main__":
    main()
