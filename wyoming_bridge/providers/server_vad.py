"""Fits the bridge's values to the voice activity detection of a service."""

from ..options import Option

__all__ = ["within_range"]


def within_range(name: str, value: float, *, declared: Option) -> tuple[float, tuple[str, ...]]:
    """Return the allowed value that is nearest to a value.

    The second value describes the setting if it had to be limited to the service's range.
    """
    lowest = value if declared.minimum is None else declared.minimum
    highest = value if declared.maximum is None else declared.maximum
    possible = min(max(value, lowest), highest)
    if possible == value:
        return value, ()
    return possible, (f"{name} is {possible:g} instead of {value:g}: {declared.allowed}",)
