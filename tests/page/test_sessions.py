"""The logins of browsers, in memory."""

from wyoming_bridge.access import ClientHandshake, Proof, Purpose, SocketAddress, read_request
from wyoming_bridge.page.sessions import SESSION_S, Handshakes, Sessions

HERE = SocketAddress("192.0.2.1", 10381)


def browser(token: str) -> ClientHandshake:
    return ClientHandshake(token, purpose=Purpose.PAGE)


def begun(
    handshakes: Handshakes, client: ClientHandshake, *, peer: str = "192.0.2.9", now: float = 0
) -> tuple[Proof, str]:
    """Begin a handshake, and return the client's proof and the handshake's id."""
    hello = read_request(client.hello())
    challenge = handshakes.challenge(hello, reached_at=HERE, peer=peer, now=now)
    return read_request(client.prove(challenge)), str(challenge["id"])


def test_a_session_is_valid_until_it_ends() -> None:
    sessions = Sessions()
    first, second = sessions.begin(now=0), sessions.begin(now=0)
    sessions.end(first)

    assert not sessions.knows(first, now=1)
    assert sessions.knows(second, now=SESSION_S - 1)
    assert not sessions.knows(second, now=SESSION_S)
    assert not sessions.knows("", now=1)


def test_the_oldest_session_ends_if_there_are_too_many() -> None:
    sessions = Sessions()
    ids = [sessions.begin(now=0) for _ in range(65)]

    assert [sessions.knows(each, now=1) for each in ids] == [False, *[True] * 64]
    assert len(set(ids)) == 65


def test_only_the_right_token_gives_a_right_proof() -> None:
    handshakes = Handshakes("the-right-token")

    right, right_id = begun(handshakes, browser("the-right-token"))
    wrong, wrong_id = begun(handshakes, browser("another-token"))

    assert handshakes.is_right(right, right_id, now=1)
    assert not handshakes.is_right(wrong, wrong_id, now=1)


def test_a_proof_is_for_one_handshake_once_and_soon() -> None:
    handshakes = Handshakes("the-right-token")
    proof, its_id = begun(handshakes, browser("the-right-token"))
    _, other_id = begun(handshakes, browser("the-right-token"))
    late, late_id = begun(handshakes, browser("the-right-token"))

    assert not handshakes.is_right(proof, other_id, now=1)
    assert handshakes.is_right(proof, its_id, now=1)
    assert not handshakes.is_right(proof, its_id, now=1)
    assert not handshakes.is_right(late, late_id, now=61)
    assert not handshakes.is_right(proof, "unknown", now=1)


def test_handshakes_that_are_never_finished_are_bounded() -> None:
    handshakes = Handshakes("the-right-token")
    first, first_id = begun(handshakes, browser("the-right-token"))
    for _ in range(1024):
        last, last_id = begun(handshakes, browser("the-right-token"))

    assert not handshakes.is_right(first, first_id, now=1)
    assert handshakes.is_right(last, last_id, now=1)


def test_a_device_that_begins_many_handshakes_makes_no_handshake_of_others_invalid() -> None:
    handshakes = Handshakes("the-right-token")
    client = browser("the-right-token")
    for _ in range(500):
        begun(handshakes, client, peer="192.0.2.66")
    proof, its_id = begun(handshakes, client)
    for number in range(1500):
        begun(handshakes, client, peer=f"2001:db8::{number:x}" if number % 2 else "192.0.2.66")

    assert handshakes.is_right(proof, its_id, now=1)
