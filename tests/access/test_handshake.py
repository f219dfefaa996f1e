"""Client and bridge, in memory: both prove that they know the token, and neither sends it."""

import json
from collections.abc import Callable

import pytest

from proving import NO_PROOF, NONCE, OTHER_NONCE, bridge_proof, client_proof
from wyoming_bridge.access import (
    BridgeHandshake,
    ClearToken,
    ClientHandshake,
    Hello,
    Proof,
    Purpose,
    SocketAddress,
    no_token_data,
    read_request,
)
from wyoming_bridge.errors import AccessError, RequestError, UnprovenError

TOKEN = "r1ght-t0k3n"
HERE = SocketAddress(host="192.168.7.5", port=10300)

Data = dict[str, object]


def bridge(token: str = TOKEN) -> BridgeHandshake:
    return BridgeHandshake(token, reached_at=HERE)


def asked(side: BridgeHandshake, nonce: str = NONCE) -> str:
    return str(side.challenge(Hello(nonce=bytes.fromhex(nonce)))["nonce"])


def shown(side: BridgeHandshake, proof: str) -> Data | None:
    return side.answer(Proof(proof=bytes.fromhex(proof)))


def exchanged(client: ClientHandshake, side: BridgeHandshake) -> tuple[list[Data], SocketAddress]:
    """Do a handshake; return its messages, decoded from JSON, and the address in the last one."""
    sent: list[Data] = []

    def over_the_network(data: Data | None) -> Data:
        assert data is not None
        sent.append(json.loads(json.dumps(data)))
        return sent[-1]

    hello = read_request(over_the_network(client.hello()))
    assert isinstance(hello, Hello)
    proof = read_request(over_the_network(client.prove(over_the_network(side.challenge(hello)))))
    assert isinstance(proof, Proof)
    return sent, client.check(over_the_network(side.answer(proof)))


def test_both_sides_prove_that_they_know_the_token_and_neither_sends_it() -> None:
    sent, reached_at = exchanged(ClientHandshake(TOKEN), bridge())

    assert reached_at == HERE
    assert [sorted(each) for each in sent] == [
        ["nonce", "version"],
        ["nonce", "version"],
        ["proof", "version"],
        ["host", "port", "proof", "version"],
    ]
    assert {each["version"] for each in sent} == {1}
    assert TOKEN not in json.dumps(sent)


def test_the_proofs_are_those_that_the_documentation_describes() -> None:
    side = bridge()
    theirs = asked(side)

    answer = shown(side, client_proof(TOKEN, NONCE, theirs))

    assert answer == {
        "version": 1,
        "proof": bridge_proof(TOKEN, NONCE, theirs, "192.168.7.5", 10300),
        "host": "192.168.7.5",
        "port": 10300,
    }


@pytest.mark.parametrize("token", [f"{TOKEN} ", TOKEN[:-1], "", "gehëim", "\ud800", "x" * 500])
def test_a_client_with_another_token_gets_nothing(token: str) -> None:
    side = bridge()
    client = ClientHandshake(token)
    hello = read_request(client.hello())
    assert isinstance(hello, Hello)

    proof = read_request(client.prove(side.challenge(hello)))

    assert isinstance(proof, Proof)
    assert side.answer(proof) is None


@pytest.mark.parametrize(
    "proof",
    [
        lambda _: NO_PROOF,
        lambda theirs: client_proof(TOKEN, OTHER_NONCE, theirs),
        lambda _: client_proof(TOKEN, NONCE, OTHER_NONCE),
        lambda theirs: client_proof(TOKEN, theirs, NONCE),
        lambda theirs: bridge_proof(TOKEN, NONCE, theirs, HERE.host, HERE.port),
    ],
)
def test_only_the_proof_of_this_connections_nonces_is_right(proof: Callable[[str], str]) -> None:
    side = bridge()

    assert shown(side, proof(asked(side))) is None


ELSEWHERE = SocketAddress(host="192.168.7.66", port=10300)


def prepared(client: ClientHandshake, side: BridgeHandshake) -> Data:
    """Return the message with the client's proof."""
    hello = read_request(client.hello())
    assert isinstance(hello, Hello)
    return client.prove(side.challenge(hello))


def test_a_client_can_say_where_it_expects_the_bridge() -> None:
    side = bridge()
    sent = prepared(ClientHandshake(TOKEN, expected_at=HERE), side)
    proof = read_request(sent)

    assert (sent["host"], sent["port"]) == HERE
    assert isinstance(proof, Proof)
    assert side.expects_us(proof)
    assert side.answer(proof)


def test_the_proof_covers_where_the_client_expects_the_bridge() -> None:
    side = bridge()
    right = client_proof(TOKEN, NONCE, asked(side), place="10300\n192.168.7.5")

    assert side.answer(Proof(proof=bytes.fromhex(right), expected_at=HERE))


def test_a_client_that_expects_another_address_gets_the_bridges_proof_but_no_access() -> None:
    side = bridge()
    client = ClientHandshake(TOKEN, expected_at=ELSEWHERE)
    proof = read_request(prepared(client, side))

    assert isinstance(proof, Proof)
    assert not side.expects_us(proof)
    answer = side.answer(proof)
    assert answer
    assert client.check(answer) == HERE


@pytest.mark.parametrize("change", [{}, HERE._asdict()])
def test_a_machine_in_between_cannot_change_where_the_client_expects_the_bridge(
    change: Data,
) -> None:
    side = bridge()
    sent = prepared(ClientHandshake(TOKEN, expected_at=ELSEWHERE), side)
    forged = read_request({"version": 1, "proof": sent["proof"], **change})

    assert isinstance(forged, Proof)
    assert side.answer(forged) is None


@pytest.mark.parametrize(
    "place", [{"host": "192.168.7.5"}, {"port": 10300}, {"host": 5, "port": 1}, {"port": True}]
)
def test_an_address_in_a_proof_must_be_whole(place: Data) -> None:
    with pytest.raises(RequestError, match="host and port"):
        read_request({"version": 1, "proof": NO_PROOF, **place})


@pytest.mark.parametrize("purpose", Purpose)
def test_the_proof_of_a_wyoming_client_is_no_proof_for_the_page(purpose: Purpose) -> None:
    page = BridgeHandshake(TOKEN, reached_at=HERE, purpose=Purpose.PAGE)
    proof = read_request(prepared(ClientHandshake(TOKEN, purpose=purpose), page))

    assert isinstance(proof, Proof)
    assert bool(page.answer(proof)) is (purpose is Purpose.PAGE)


def test_a_nonce_is_for_one_proof_right_or_wrong() -> None:
    side = bridge()
    theirs = asked(side)
    assert shown(side, NO_PROOF) is None

    with pytest.raises(RequestError, match="a nonce is valid for one proof only"):
        shown(side, client_proof(TOKEN, NONCE, theirs))


def test_a_proof_that_was_seen_on_another_connection_is_wrong() -> None:
    seen = bridge()
    proof = client_proof(TOKEN, NONCE, asked(seen))
    assert shown(seen, proof)
    other = bridge()
    asked(other)

    assert shown(other, proof) is None


def test_a_new_nonce_replaces_the_one_before() -> None:
    side = bridge()
    first = asked(side)
    second = asked(side)

    assert first != second
    assert shown(side, client_proof(TOKEN, NONCE, first)) is None


def test_nonces_have_32_bytes_and_no_two_are_the_same() -> None:
    nonces = {asked(bridge()) for _ in range(100)} | {
        str(ClientHandshake(TOKEN).hello()["nonce"]) for _ in range(100)
    }

    assert len(nonces) == 200
    assert {len(bytes.fromhex(nonce)) for nonce in nonces} == {32}


@pytest.mark.parametrize(
    "change",
    [
        {"proof": NO_PROOF},
        {"host": "192.168.7.66"},
        {"port": 10301},
        {"port": True},
        {"port": None},
        {"host": None},
        {"host": "\ud800"},
        {"proof": None},
        {"proof": "short"},
        {"proof": [1]},
    ],
)
def test_a_client_does_not_believe_a_bridge_whose_proof_is_wrong(change: Data) -> None:
    client = ClientHandshake(TOKEN)
    mine = str(client.hello()["nonce"])
    client.prove({"version": 1, "nonce": OTHER_NONCE})
    proof = bridge_proof(TOKEN, mine, OTHER_NONCE, HERE.host, HERE.port)
    right: Data = {"version": 1, "proof": proof, "host": HERE.host, "port": HERE.port}

    with pytest.raises(UnprovenError) as caught:
        client.check(right | change)

    assert caught.value.code == "bridge_unproven"
    assert client.check(right) == HERE


def test_a_client_cannot_be_answered_with_its_own_proof() -> None:
    client = ClientHandshake(TOKEN)
    own = client.prove({"version": 1, "nonce": client.hello()["nonce"]})

    with pytest.raises(UnprovenError, match="is wrong"):
        client.check({**own, "host": "", "port": 0})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (no_token_data(), "the bridge has no access token"),
        ({}, "nonce of wyoming-bridge-access must be 64 lower-case hexadecimal digits, got null"),
        ({"nonce": 5}, r"got a value of another type \(int\)"),
        ({"nonce": NONCE.upper()}, "64 lower-case hexadecimal digits, got 64 characters"),
        ({"nonce": NONCE[:-2]}, "got 62 characters"),
    ],
)
def test_a_client_says_what_is_wrong_with_the_bridges_nonce(data: Data, said: str) -> None:
    with pytest.raises(UnprovenError, match=said):
        ClientHandshake(TOKEN).prove(data)


@pytest.mark.parametrize("data", [{}, {"token": None}, {"token": 5}, {"version": 1}])
def test_an_access_event_without_any_token_is_refused(data: Data) -> None:
    with pytest.raises(AccessError, match="none was sent"):
        read_request(data)


@pytest.mark.parametrize("token", [TOKEN, "wrong", "", "\ud800"])
def test_a_token_in_clear_text_is_recognised_and_not_kept(token: str) -> None:
    request = read_request({"token": token})

    assert request == ClearToken()
    assert repr(request) == "ClearToken()"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"version": 2, "nonce": NONCE}, "must be 1, got 2; update the client or the bridge"),
        ({"version": "1", "nonce": NONCE}, "must be 1, got '1'"),
        ({"version": True, "nonce": NONCE}, "must be 1, got True"),
        ({"nonce": NONCE}, "must be 1, got None"),
        ({"version": 1, "nonce": NONCE + "0"}, "nonce of wyoming-bridge-access must be 64"),
        ({"version": 1, "nonce": f" {NONCE[1:]}"}, "nonce of wyoming-bridge-access must be 64"),
        ({"version": 1, "proof": f"{NO_PROOF}\n"}, "proof of wyoming-bridge-access must be 64"),
        ({"version": 1, "proof": None}, "got null"),
        ({"version": 1, "proof": TOKEN}, "got 11 characters"),
    ],
)
def test_an_invalid_message_is_refused_and_not_quoted(data: Data, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_request(data)

    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_neither_side_shows_the_token() -> None:
    client, side = ClientHandshake(TOKEN), bridge()
    exchanged(client, side)

    assert TOKEN not in repr(client) + repr(side)
