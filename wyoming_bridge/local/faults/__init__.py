"""Faults that the local server can inject: what is declared of them, and the injector.

Only the declaration is imported here. The injector needs the web framework.
"""

from .fault import ArmedFault, Fault, FaultKind, FaultPoint, FaultWatch

__all__ = ["ArmedFault", "Fault", "FaultKind", "FaultPoint", "FaultWatch"]
