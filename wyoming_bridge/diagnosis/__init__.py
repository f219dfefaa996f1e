"""Tries a profile step by step and says what works and what does not; prints nothing."""

from .check import check
from .network import Resolve
from .probe import probe
from .steps import Outcome, Step, StepName

__all__ = ["Outcome", "Resolve", "Step", "StepName", "check", "probe"]
