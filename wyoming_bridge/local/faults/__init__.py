"""Faults that the local server can inject, for tests on real sockets.

Only the declaration of a fault is imported here. The injector needs the web framework.
"""

from .fault import ArmedFault, Fault, FaultKind, FaultPoint, FaultWatch

__all__ = ["ArmedFault", "Fault", "FaultKind", "FaultPoint", "FaultWatch"]
