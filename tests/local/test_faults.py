"""The declaration of a fault, and when it is due."""

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.faults import ArmedFault, Fault, FaultKind, FaultPoint, FaultWatch
from wyoming_bridge.local.faults.injector import new_injector


def watch(fault: Fault) -> FaultWatch:
    return FaultWatch(ArmedFault(fault))


@pytest.mark.parametrize(
    ("values", "point"),
    [
        ({"kind": "close"}, FaultPoint.OPEN),
        ({"kind": "refuse"}, FaultPoint.HANDSHAKE),
        ({"kind": "close", "after_audio_ms": 0}, FaultPoint.AUDIO),
        ({"kind": "close", "at": "flush"}, FaultPoint.FLUSH),
        ({"kind": "close", "at": "handshake"}, FaultPoint.HANDSHAKE),
    ],
)
def test_the_default_point_follows_from_the_other_values(
    values: dict[str, object], point: FaultPoint
) -> None:
    assert Fault(**values).point is point


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "kind: is missing; allowed: refuse or close or hang_up or reset"),
        ({"kind": "explode"}, "kind: must be refuse or close or hang_up or reset"),
        (
            {"kind": "close", "at": "noon"},
            "at: must be handshake or open or audio or flush, got 'noon'",
        ),
        ({"kind": "refuse", "at": "open"}, "at: must be handshake for refuse, got open"),
        ({"kind": "refuse", "after_audio_ms": 1}, "at: must be handshake for refuse, got audio"),
        ({"kind": "close", "at": "audio"}, "after_audio_ms: is required with 'at: audio'"),
        ({"kind": "close", "at": "open", "after_audio_ms": 1}, "not allowed otherwise"),
        ({"kind": "close", "after_audio_ms": -1}, "after_audio_ms: must be 0 to 600000 ms, got -1"),
        ({"kind": "slow"}, "delay_s: is required for slow"),
        ({"kind": "close", "delay_s": 1.0}, "delay_s: is required for slow"),
        ({"kind": "slow", "delay_s": 0}, "delay_s: must be 0.001 to 600 s, got 0"),
        ({"kind": "slow", "delay_s": float("nan")}, "delay_s: must be 0.001 to 600 s, got nan"),
        ({"kind": "close", "code": "error"}, "code: is allowed only with 'kind: error'"),
        ({"kind": "close", "times": 0}, "times: must be at least 1, got 0"),
        ({"kind": "close", "nth_flush": 2}, "nth_flush: is allowed only with 'at: flush'"),
        ({"kind": "close", "at": "flush", "nth_flush": 0}, "nth_flush: must be at least 1, got 0"),
    ],
)
def test_an_invalid_value_is_refused_with_its_name(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Fault(**values)

    assert said in str(caught.value)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_is_possible_at_the_handshake(kind: FaultKind) -> None:
    delay_s = 1.0 if kind is FaultKind.SLOW else None

    assert Fault(kind=kind, at=FaultPoint.HANDSHAKE, delay_s=delay_s).point == "handshake"


@pytest.mark.parametrize("piece", [2, 320, 3200, 100_000])
@pytest.mark.parametrize("after_ms", [0, 1, 100, 250])
def test_audio_is_split_at_the_fault(after_ms: int, piece: int) -> None:
    watched = watch(Fault(kind=FaultKind.CLOSE, after_audio_ms=after_ms))
    heard = 0

    while (early := watched.audio_before(bytes(piece))) is None:
        heard += piece

    assert heard + len(early) == 32 * after_ms


def test_no_audio_is_not_the_first_audio() -> None:
    watched = watch(Fault(kind=FaultKind.CLOSE, after_audio_ms=0))

    assert watched.audio_before(b"") is None
    assert watched.audio_before(b"\x01\x00") == b""


def test_a_fault_happens_once_per_session() -> None:
    fault = Fault(kind=FaultKind.RUBBISH, after_audio_ms=0)
    watched = watch(fault)

    assert watched.due_at(FaultPoint.OPEN) is None
    assert watched.due_at(FaultPoint.AUDIO) is fault
    assert watched.due_at(FaultPoint.AUDIO) is None
    assert watched.audio_before(b"\x01\x00") is None
    assert watched.happened is fault


def test_earlier_flushes_do_not_cause_the_fault() -> None:
    fault = Fault(kind=FaultKind.CLOSE, at=FaultPoint.FLUSH, nth_flush=3)
    watched = watch(fault)

    assert [watched.due_at(FaultPoint.FLUSH) for _ in range(4)] == [None, None, fault, None]


def test_sessions_that_do_not_reach_the_point_do_not_count() -> None:
    fault = Fault(kind=FaultKind.CLOSE, at=FaultPoint.FLUSH, times=2)
    armed = ArmedFault(fault)
    sessions = [FaultWatch(armed) for _ in range(5)]
    for session in sessions:
        session.due_at(FaultPoint.OPEN)

    due = [session.due_at(FaultPoint.FLUSH) for session in sessions[1:]]

    assert due == [fault, fault, None, None]
    assert [session.happened for session in sessions] == [None, fault, fault, None, None]


async def test_without_a_fault_each_step_continues() -> None:
    injector = new_injector(None)
    done: list[object] = []

    async def step() -> None:
        done.append("step")

    async def feed(pcm: bytes) -> None:
        done.append(pcm)

    await injector.open(step)
    await injector.feed(b"ab", feed)
    await injector.flush(step)

    assert done == ["step", b"ab", "step"]
    assert injector.heartbeat_s(60) == 60
