"""The detection of a stream's container from its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.media.container import Container, container_of, is_undecided

ALL = frozenset(Container)
HEADS = {
    Container.WAV: b"RIFF\xff\xff\xff\xffWAVE",
    Container.OGG: b"OggS\x00\x02\x00\x00\x00\x00\x00\x00",
    Container.FLAC: b"fLaC\x00\x00\x00\x22\x10\x00\x10\x00",
    Container.WEBM: b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81",
}


@pytest.mark.parametrize("container", list(Container))
def test_each_container_is_detected_from_its_first_bytes(container: Container) -> None:
    assert container_of(HEADS[container] + b"more", among=ALL) is container
    assert not is_undecided(HEADS[container], among=ALL)


@pytest.mark.parametrize("container", list(Container))
def test_too_few_bytes_are_undecided(container: Container) -> None:
    assert all(is_undecided(HEADS[container][:size], among=ALL) for size in range(4))


@pytest.mark.parametrize("container", list(Container))
def test_a_container_that_is_not_requested_is_not_detected(container: Container) -> None:
    among = ALL - {container}

    assert container_of(HEADS[container], among=among) is None
    assert not is_undecided(HEADS[container], among=among)


@given(st.binary(min_size=12, max_size=64))
def test_twelve_bytes_always_decide(head: bytes) -> None:
    assert not is_undecided(head, among=ALL)


@given(st.binary(max_size=64))
def test_raw_samples_are_not_a_container(pcm: bytes) -> None:
    assert container_of(b"\x01\x00" + pcm, among=ALL) is None
