"""A GitHub emulator over real HTTP, for tests."""

from tests.emulator.emulator import Emulator
from tests.emulator.faults import Fault, Faults
from tests.emulator.log import Request
from tests.emulator.state import Dispatch

__all__ = ["Dispatch", "Emulator", "Fault", "Faults", "Request"]
