"""Which addresses of a bridge are announced on the network."""

from wyoming_bridge.app.announcements import announcements
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.server import Bound, Listener, Program
from wyoming_bridge.server.announce import Announcement
from wyoming_bridge.transcriber import Utterance

ID = "0123456789abcdef0123456789abcdef"
KITCHEN_ID = "fedcba9876543210fedcba9876543210"


def nothing(*_: object) -> Utterance:
    raise AssertionError("this test must not create an utterance")


def bound(port: int, *hosts: str, profile: str = "offline", bridge_id: str | None = ID) -> Bound:
    program = Program(
        name=profile, description="", languages=(), endpointing=RECORDING, new_utterance=nothing
    )
    listener = Listener(host=hosts[0], port=port, programs=(program,), id=bridge_id)
    return Bound(listener=listener, uri=f"tcp://{hosts[0]}:{port}", port=port, hosts=hosts)


def test_only_the_common_address_is_announced() -> None:
    places = [bound(1, "0.0.0.0", "127.0.0.1"), bound(2, "192.0.2.7", profile="kitchen")]

    assert announcements(places) == [Announcement(id=ID, port=1, hosts=("0.0.0.0",))]


def test_single_profiles_are_announced_if_the_common_address_is_a_loopback_address() -> None:
    places = [
        bound(1, "127.0.0.1"),
        bound(2, "192.0.2.7", "::1", profile="kitchen", bridge_id=KITCHEN_ID),
        bound(3, "::1", profile="attic"),
        bound(4, "fd00::7", profile="garage", bridge_id=None),
    ]

    assert announcements(places) == [
        Announcement(id=KITCHEN_ID, port=2, hosts=("192.0.2.7",)),
    ]
