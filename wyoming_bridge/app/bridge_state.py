"""What the status server reports of a running bridge: whether it is ready, and how it is used."""

from collections.abc import Mapping, Sequence
from typing import Final

from ..config import Profile
from ..server import WyomingService
from ..transcriber import Budget
from .backends import Backends

__all__ = ["BridgeState"]

_STARTING: Final = "the bridge is starting"
_STOPPING: Final = "the bridge is stopping"


class BridgeState:
    """The state of a bridge, which is starting at first. It is a ``StatusSource``."""

    def __init__(self, profiles: Sequence[Profile], *, backends: Backends) -> None:
        self._profiles = profiles
        self._backends = backends
        self.service: WyomingService | None = None
        """The service that accepts clients; None until there is one."""
        self._hindrance: str | None = _STARTING

    def started(self) -> None:
        """Note that the bridge has started."""
        self._hindrance = None

    def stopping(self) -> None:
        """Note that the bridge is about to stop."""
        self._hindrance = _STOPPING

    def not_ready(self) -> str | None:
        """Return why the bridge cannot serve clients now, or None if it can."""
        if self._hindrance:
            return self._hindrance
        refusals = {each.name: self._backends.refusal(each) for each in self._profiles}
        if not all(refusals.values()):
            return None
        name, error = next(iter(refusals.items()))
        return f"no profile can be used; profile {name}: {error}"

    def clients(self) -> Mapping[str, int]:
        """Return the number of clients by state: stranger (new), idle, busy or leaving."""
        return self.service.clients() if self.service else {}

    def refusals(self) -> Mapping[str, int]:
        """Return how often a client was refused or lost its place, by reason."""
        return self.service.refusals() if self.service else {}

    def budgets(self) -> Mapping[str, Budget]:
        """Return the budgets of all profiles, by name."""
        return self._backends.usage.budgets
