"""The addresses of a bridge, and which profiles each of them offers."""

from dataclasses import replace

import pytest

from wyoming_bridge.app.backends import Backends
from wyoming_bridge.app.identity import id_of_part
from wyoming_bridge.app.listeners import new_listeners
from wyoming_bridge.app.server_languages import ServerLanguages
from wyoming_bridge.config import Address, Config, LocalBackend, Profile, SendsChunks
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.server import Listener

COMMON = Address(host="127.0.0.1", port=10300)
UPSTAIRS = Address(host="127.0.0.1", port=10301)
ID = "0123456789abcdef0123456789abcdef"
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))
ATTIC = replace(OFFLINE, name="attic", listen=UPSTAIRS)
LOFT = replace(OFFLINE, name="loft", listen=UPSTAIRS)
REMOTE = Profile(name="remote", backend=Reson8Settings(url="ws://localhost", token="t0k3n"))


def listeners(
    *profiles: Profile, bridge: str | None = ID, sends_chunks: SendsChunks = SendsChunks.ON_REQUEST
) -> list[Listener]:
    config = Config(listen=COMMON, profiles=profiles, sends_chunks=sends_chunks)
    return new_listeners(
        config,
        backends=Backends(profiles),
        languages=ServerLanguages(profiles),
        bridge=bridge,
    )


def test_the_first_address_offers_all_profiles_and_others_only_their_own() -> None:
    offered = [
        (each.port, [program.name for program in each.programs])
        for each in listeners(OFFLINE, ATTIC, LOFT)
    ]

    assert offered == [(10300, ["offline", "attic", "loft"]), (10301, ["attic", "loft"])]


def test_each_address_has_its_own_id() -> None:
    common, upstairs = listeners(OFFLINE, ATTIC)

    assert (common.id, upstairs.id) == (ID, id_of_part(ID, "attic"))


def test_no_address_has_an_id_if_the_bridge_has_none() -> None:
    assert [each.id for each in listeners(OFFLINE, ATTIC, bridge=None)] == [None, None]


def test_a_profile_cannot_have_the_common_address_as_its_own() -> None:
    with pytest.raises(ConfigError, match=r"profiles\.attic\.listen: must differ from the common"):
        listeners(OFFLINE, replace(ATTIC, listen=COMMON))


def test_a_local_profile_knows_other_languages_only_by_its_fallback() -> None:
    common, _ = listeners(OFFLINE, replace(ATTIC, fallback=("remote",)), REMOTE)

    known = {each.name: each.knows_other_languages for each in common.programs}
    assert known == {"offline": False, "attic": True, "remote": True}


def test_a_program_is_described_by_its_engine_or_its_service() -> None:
    (common,) = listeners(OFFLINE, REMOTE, sends_chunks=SendsChunks.ALWAYS)

    assert [each.description for each in common.programs] == ["Offline, scripted", "Reson8"]
    assert all(each.always_sends_chunks for each in common.programs)
