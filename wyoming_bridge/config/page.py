"""Reads the key ``page``."""

from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..options import shown
from ..page import DEFAULT_ADDRESS
from .profile import build
from .schema import options_schema, validated

if TYPE_CHECKING:  # loaded only if the key is set
    from ..page.settings import PageSettings

__all__ = ["read_page"]


def read_page(given: object) -> "PageSettings | None":
    """Return the settings of the page, or None if there is no page.

    The value of the key is an address, or a mapping of settings.

    Raises:
        ConfigError: A value is invalid; the message names the key.
    """
    if given is None:
        return None
    from ..page.settings import PageSettings

    try:
        if isinstance(given, str):
            return PageSettings(address=given)
        if isinstance(given, dict):
            return build(PageSettings, validated(options_schema(PageSettings), given, where=""))
    except ConfigError as err:
        raise ConfigError(f"page.{err}") from err
    raise ConfigError(
        f"page: must be host:port, such as {DEFAULT_ADDRESS}, or a mapping, got {shown(given)}"
    )
