"""Checking a simple repository as installers see it: `ghpypi verify`."""

from ghpypi.jobs.verify.job import VerifyOptions, verify_index

__all__ = ["VerifyOptions", "verify_index"]
