"""The settings of the recorder."""

from dataclasses import dataclass

from ..options import Declared, option

__all__ = ["RecorderSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderSettings(Declared):
    """Where the last utterances are recorded, and how many are kept."""

    folder: str | None = option(
        None,
        doc="Folder of the recordings, relative to the configuration file. Only the bridge's user "
        "may read it. By default it is `recordings` in the folder for state.",
    )
    keep: int = option(
        50,
        doc="Largest number of recordings that are kept. Older ones are deleted.",
        unit="recordings",
        minimum=1,
        maximum=10_000,
    )
    max_mb: float = option(
        200.0,
        doc="Largest size of all recordings together. Older ones are deleted.",
        unit="MB",
        minimum=1,
        maximum=100_000,
    )
    max_days: float = option(
        7.0,
        doc="Longest time that a recording is kept.",
        unit="days",
        minimum=0.01,
        maximum=3650,
    )
