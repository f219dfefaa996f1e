"""``wyoming-bridge health``: tests whether a running bridge answers at each of its addresses."""

from pathlib import Path
from typing import Final

from ..client import describe_here
from ..client.tls import tls_context_for
from ..config import Address, Config
from ..errors import ConfigError, reason_of
from .codes import ExitCode
from .configuration import address_for_clients

__all__ = ["arguments_of_process", "check_health"]

_PROGRAMS: Final = ("wyoming-bridge", "wyoming_bridge")
"""The names of our command in the arguments of a process: the script, or the package after
``python -m``."""


def arguments_of_process(process: int) -> list[str]:
    """Return the arguments of a running bridge, without the name of the command.

    Raises:
        ConfigError: There is no such process, or it does not run wyoming-bridge.
    """
    path = Path(f"/proc/{process}/cmdline")
    try:
        words = path.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
    except OSError as err:
        raise ConfigError(f"--of-process: {path} cannot be read: {reason_of(err)}") from err
    for place, word in enumerate(words):
        if Path(word).name in _PROGRAMS:
            return words[place + 1 :]
    raise ConfigError(f"--of-process: the process {process} is not wyoming-bridge")


async def check_health(config: Config) -> ExitCode:
    """Run the command and return its exit code.

    Raises:
        ConfigError: A configured port is 0, which stands for any free port.
        BridgeError: At one of the addresses, no bridge answers, or the bridge reports an error.
    """
    addresses = [config.listen, *(each.listen for each in config.profiles if each.listen)]
    for address in dict.fromkeys(addresses):
        uri = address_for_clients(address.uri, config)
        print(f"{uri} {await _state_of(address, config)}", flush=True)
    return ExitCode.DONE


async def _state_of(address: Address, config: Config) -> str:
    if not address.port:
        raise ConfigError("listen: the port must be known, got 0, which stands for any free port")
    bridge = await describe_here(
        host=address.host,
        port=address.port,
        token=config.access.token,
        tls=tls_context_for(config.tls.certificate) if config.tls else None,
        is_behind_balancer=config.balancers is not None,
    )
    if bridge is None:
        return "answers, but its allow list does not have this machine"
    names = ", ".join(profile.name for profile in bridge.profiles)
    return f"answers (profiles: {names})"
