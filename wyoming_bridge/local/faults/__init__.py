"""Faults that the local server can inject, for tests on real sockets.

The injector is not imported here, because it needs the web framework.
"""

from .fault import ArmedFault, Fault, FaultKind, FaultPoint, FaultWatch

__all__ = ["ArmedFault", "Fault", "FaultKind", "FaultPoint", "FaultWatch"]
