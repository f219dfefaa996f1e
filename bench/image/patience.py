"""How long the steps of a trial wait. ``--minutes`` limits the whole trial.

On a real machine, the time limits of the image and of the bridge are part of what is tried. An
emulated processor is many times slower than a real one, and other programs on the machine make it
slower still. So under emulation, a step waits for ``PATIENCE_S`` where a real machine has a shorter
limit. The bridge has some limits that its users cannot change. If one of them ends an emulated
step, the trial tries again, for as long.
"""

from typing import Final

__all__ = ["LONGEST_LIMITS", "PATIENCE_S", "PATIENT_PROFILE"]

PATIENCE_S: Final = 900
"""The longest wait for anything that must happen. It only ends a step that would hang forever."""

LONGEST_LIMITS: Final = (
    "answer_timeout_s: 60, connect_timeout_s: 60, final_timeout_s: 60, total_timeout_s: 120"
)
"""The time limits of an emulated bridge: the longest that its configuration allows."""

PATIENT_PROFILE: Final = f"profiles: {{local: {{provider: local, {LONGEST_LIMITS}}}}}\n"
"""The configuration of an emulated bridge."""
