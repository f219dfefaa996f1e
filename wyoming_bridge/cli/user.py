"""Changes the user of this process, so that a bridge that root started does not run as root."""

import os
import pwd

from ..errors import ConfigError, reason_of

__all__ = ["become"]


def become(name: str) -> None:
    """Become another user, and keep only the rights of that user. The process cannot switch back.

    Raises:
        ConfigError: There is no such user, or this process is not allowed to become it.
    """
    try:
        user = pwd.getpwnam(name)
    except KeyError as err:
        raise ConfigError(f"--user: this machine has no user {name!r}") from err
    try:
        os.initgroups(name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    except OSError as err:
        raise ConfigError(f"--user: cannot become {name}: {reason_of(err)}") from err
    os.environ["HOME"] = user.pw_dir
