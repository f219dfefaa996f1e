"""Constants that several modules share."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "wyoming_bridge"
CORE_DOMAIN: Final = "wyoming"
"""Home Assistant's own integration for Wyoming servers, "Wyoming Protocol"."""
LOGGER: Final = logging.getLogger(__package__)

PLATFORMS: Final = (Platform.EVENT, Platform.SENSOR, Platform.STT, Platform.SWITCH)

PROVIDER_LOCAL: Final = "local"
"""A local realtime server, which speaks the protocol of a service."""
PROVIDER_BRIDGE: Final = "bridge"
"""A remote bridge."""

SUBENTRY_STT: Final = "stt"

CONF_PROVIDER: Final = "provider"
CONF_REMOVE_TOKEN: Final = "remove_token"  # noqa: S105 - the name of a field
CONF_SAVE_ANYWAY: Final = "save_anyway"
CONF_CA_CERTIFICATE: Final = "ca_certificate"
CONF_PROTOCOL: Final = "protocol"
CONF_PROFILE: Final = "profile"
CONF_OVERRIDE: Final = "override"
CONF_TERMS: Final = "terms"
CONF_HOME_NAMES: Final = "home_names"
CONF_TEXT: Final = "text"
CONF_REPAIR: Final = "repair"
CONF_FALLBACK: Final = "fallback"
CONF_OTHER_LANGUAGES: Final = "secondary_languages"
CONF_DAILY_LIMIT: Final = "max_seconds_per_day"

SECTION_ADVANCED: Final = "advanced"
"""Only forms have this section. The stored data has the sections below."""
SECTION_RECOGNITION: Final = "recognition"
SECTION_ENDPOINT: Final = "end_of_speech"
SECTION_BIAS: Final = "bias"
SECTION_LIMITS: Final = "limits"
