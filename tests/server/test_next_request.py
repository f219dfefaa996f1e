"""What a client has requested when its audio begins."""

import pytest

from wyoming_bridge.audio import AudioFormat
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import RequestError, WireError
from wyoming_bridge.extensions.error import error_of
from wyoming_bridge.server.info import Program
from wyoming_bridge.server.next_request import NextRequest
from wyoming_bridge.server.request import Request
from wyoming_bridge.server.wire import WireEvent
from wyoming_bridge.transcriber import RequestOptions, Utterance


def no_utterance(_source: AudioFormat, _wanted: RequestOptions) -> Utterance:
    raise AssertionError("this test must not create an utterance")


KITCHEN, STUDY = (
    Program(
        name=name,
        description="",
        languages=(),
        endpointing=Endpointing(),
        new_utterance=no_utterance,
    )
    for name in ("kitchen", "study")
)


def transcribe(**data: object) -> WireEvent:
    return WireEvent("transcribe", data)


def select(**data: object) -> WireEvent:
    return WireEvent("select-program", data)


@pytest.fixture
def request_of_client() -> NextRequest:
    return NextRequest([KITCHEN, STUDY])


def test_a_client_that_sends_nothing_gets_the_first_program(
    request_of_client: NextRequest,
) -> None:
    assert request_of_client.current == Request(program=KITCHEN)


def test_transcribe_is_valid_for_one_utterance(request_of_client: NextRequest) -> None:
    request_of_client.transcribe(transcribe(name="study", language="nl"))

    first = request_of_client.take(client="192.0.2.7")
    second = request_of_client.take(client=None)

    assert (first.program, first.options.language) == (STUDY, "nl")
    assert first.options.client == "192.0.2.7"
    assert (second.program, second.options.language) == (KITCHEN, None)
    assert first.options.utterance_id != second.options.utterance_id


def test_a_selected_program_is_valid_for_all_further_utterances(
    request_of_client: NextRequest,
) -> None:
    request_of_client.transcribe(transcribe(language="nl"))
    request_of_client.select(select(name="study"))

    taken = [request_of_client.take(client=None) for _ in range(2)]

    assert [request.program for request in taken] == [STUDY, STUDY]
    assert taken[0].options.language is None


@pytest.mark.parametrize(
    ("name", "advice"), [("kichen", ". Did you mean kitchen?"), ("Study", ". Did you mean study?")]
)
def test_a_similar_program_is_suggested_beside_the_text_that_a_client_translates(
    request_of_client: NextRequest, name: str, advice: str
) -> None:
    with pytest.raises(RequestError) as caught:
        request_of_client.select(select(name=name))

    data = caught.value.to_data()
    assert data["text"] == f"no profile named {name!r}; available: kitchen, study{advice}"
    assert data["text_key"] == "no_such_profile"
    assert data["placeholders"] == {"name": repr(name), "available": "kitchen, study"}
    assert error_of(data).with_advice == data["text"]


@pytest.mark.parametrize(
    ("refused", "error", "text"),
    [
        (select(name="attic"), RequestError, "available: kitchen, study$"),
        (select(), WireError, "name"),
    ],
)
def test_after_a_refused_selection_the_client_has_no_program_until_it_names_one(
    request_of_client: NextRequest, refused: WireEvent, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        request_of_client.select(refused)

    with pytest.raises(error, match=text):
        request_of_client.check_program()
    with pytest.raises(error, match=text):
        request_of_client.transcribe(transcribe(language="nl"))
    request_of_client.transcribe(transcribe(name="study"))
    request_of_client.check_program()
    assert request_of_client.take(client=None).program == STUDY
    with pytest.raises(error, match=text):
        request_of_client.check_program()  # ``transcribe`` was valid for one utterance
    request_of_client.select(select(name="study"))
    request_of_client.check_program()
    assert request_of_client.take(client=None).program == STUDY


def test_an_invalid_transcribe_changes_nothing(request_of_client: NextRequest) -> None:
    request_of_client.transcribe(transcribe(language="nl"))

    with pytest.raises(WireError, match="language"):
        request_of_client.transcribe(transcribe(language=7))

    assert request_of_client.current.options.language == "nl"
    assert request_of_client.current.program == KITCHEN
