"""What the command says about a command, an option or a value that does not exist."""

import pytest

from wyoming_bridge.cli.parser import new_parser

ENGINES = "auto or moonshine or pocketsphinx or sherpa or scripted"
COMMANDS = (
    "run or app or serve or transcribe or check or health or providers or model or recordings or "
    "compare"
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("chek", f"COMMAND: must be {COMMANDS}, got 'chek' (did you mean check?)"),
        ("model lst", "ACTION: must be list or get, got 'lst' (did you mean list?)"),
        ("run --log inf", "must be debug or info or warning or error, got 'inf' (did you mean in"),
        ("run --provider elevenlab", "or scriptix, got 'elevenlab' (did you mean elevenlabs?)"),
        ("serve --engine monshine", f"be {ENGINES}, got 'monshine' (did you mean moonshine?)"),
        ("serve --engine x", f"argument --engine: must be {ENGINES}, got 'x'\n"),
        ("run --languge nl", "run: error: unrecognized option: --languge (did you mean --lang"),
        ("run --languge=nl", "unrecognized option: --languge (did you mean --language?)\n"),
        ("recordings show 1 --jsn", "show: error: unrecognized option: --jsn (did you mean --js"),
        ("run --xyz", "unrecognized option: --xyz\n"),
        ("run bridge.yaml", "wyoming-bridge run: error: unrecognized argument: bridge.yaml\n"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        new_parser().parse_args(arguments.split())
    error = capsys.readouterr().err

    assert ended.value.code == 2
    assert message in error
    assert error.startswith("usage: wyoming-bridge")


@pytest.mark.parametrize("given", ["--token s3cret", "--token=s3cret"])
def test_the_value_of_an_unknown_option_is_not_printed_because_it_may_be_a_token(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        new_parser().parse_args(["run", *given.split()])

    assert "s3cret" not in capsys.readouterr().err
