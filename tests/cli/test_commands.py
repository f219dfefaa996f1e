"""The command, run as a process: its output and its exit code."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from certificates import self_signed
from commands import COMMAND, SAMPLES, run
from patience import PATIENCE_S
from ports import free_port
from wyoming_bridge.cli import main
from wyoming_bridge.cli.show import LinesView
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.transcriber import Revision

SAID = "Go somewhere and do something."


@pytest.mark.parametrize(
    "command", ["", "run", "serve", "transcribe", "check", "health", "providers"]
)
def test_each_command_has_a_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    text = capsys.readouterr().out

    assert ended.value.code == 0
    assert "example:\n  wyoming-bridge" in text
    assert "--token " not in text


def test_the_version_is_printed() -> None:
    assert run("--version").stdout.decode().startswith("wyoming-bridge 0.")


def test_providers_prints_one_row_per_provider() -> None:
    done = run("providers")

    assert done.returncode == 0
    rows = done.stdout.decode().partition("\n\n")[0].splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(ProviderName)


def test_providers_as_json_prints_one_object_with_all_details() -> None:
    described = json.loads(run("providers", "--json").stdout)

    assert list(described) == list(ProviderName)
    assert described["reson8"]["title"] == "Reson8"
    assert "nl" in described["reson8"]["languages"]
    assert "phrases" in described["reson8"]["settings"]
    assert described["scriptix"]["capabilities"]["url_source"] is True
    assert described["elevenlabs"]["capabilities"]["min_flush_ms"] == 300


def test_a_file_is_transcribed_without_a_configuration_and_stdout_has_only_the_transcript() -> None:
    done = run("transcribe", str(SAMPLES / "something.wav"), "--pace", "fast")

    assert done.stdout.decode() == f"{SAID}\n"
    assert "... Go some" in done.stderr.decode()
    assert "3.0 s of audio" in done.stderr.decode()
    assert done.returncode == 0


def test_an_unchanged_text_is_not_printed_again(capsys: pytest.CaptureFixture[str]) -> None:
    view = LinesView(sys.stdout, sys.stderr)
    for text, settled in (("go", ""), ("go", "go"), ("go on", "go"), ("go", "")):
        view.revision(Revision(text=text, settled=settled))

    assert capsys.readouterr().err.splitlines() == ["  ... go", "  ... go on", "  ... go"]


def test_standard_input_is_read_as_wav_or_raw_and_json_prints_one_object_per_line() -> None:
    wav = (SAMPLES / "something.wav").read_bytes()

    from_wav = run("transcribe", "-", "--json", stdin=wav)
    from_raw = run("transcribe", "-", "--json", stdin=wav[44:])

    last = [json.loads(done.stdout.splitlines()[-1]) for done in (from_wav, from_raw)]
    assert [each["type"] for each in last] == ["transcript", "transcript"]
    assert [each["text"] for each in last] == [SAID, SAID]
    assert {json.loads(line)["type"] for line in from_wav.stdout.splitlines()[:-1]} == {"partial"}


def test_a_running_bridge_transcribes_and_exits_with_0_on_sigterm(started) -> None:
    process, line = started("run", "--uri", "tcp://127.0.0.1:0")
    uri = line.removeprefix("Listening at ").split()[0]

    done = run("transcribe", str(SAMPLES / "something.wav"), "--uri", uri, "--pace", "fast")
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)

    assert line.endswith("(profiles: local)")
    assert done.stdout.decode() == f"{SAID}\n"
    assert process.returncode == 0
    assert "Traceback" not in log


@pytest.mark.once
def test_transcribe_proves_the_access_token_from_a_file_or_the_environment(
    started, tmp_path: Path
) -> None:
    token = tmp_path / "bridge.token"
    token.write_text("r1ght-t0k3n\n")
    config = tmp_path / "bridge.yaml"
    config.write_text(
        "listen: tcp://127.0.0.1:0\naccess_token_file: bridge.token\ntrust_loopback: false\n"
        "log: debug\nprofiles: {offline: {provider: local, engine: scripted}}\n"
    )
    process, line = started("run", "--config", str(config))
    uri = line.removeprefix("Listening at ").split()[0]
    arguments = ("transcribe", str(SAMPLES / "something.wav"), "--pace", "fast", "--uri", uri)

    from_file = run(*arguments, "--access-token-file", str(token))
    from_variable = run(*arguments, env={"WYOMING_BRIDGE_ACCESS_TOKEN": "r1ght-t0k3n"})
    without = run(*arguments)
    wrong = run(*arguments, env={"WYOMING_BRIDGE_ACCESS_TOKEN": "wr0ng-t0k3n"})
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)

    assert [done.returncode for done in (from_file, from_variable, without, wrong)] == [0, 0, 2, 2]
    assert "none was sent. Give the client the bridge's access token" in without.stderr.decode()
    assert "the access token is wrong" in wrong.stderr.decode()
    assert "t0k3n" not in log + without.stderr.decode() + wrong.stderr.decode()


def test_a_bridge_with_a_certificate_is_used_and_tested_over_tls(started, tmp_path: Path) -> None:
    certificate, _ = self_signed(tmp_path)
    config = tmp_path / "bridge.yaml"
    port = free_port()
    config.write_text(
        f"listen: tcp://127.0.0.1:{port}\ntls: {{certificate: certificate.pem, key: key.pem}}\n"
        "profiles: {offline: {provider: local, engine: scripted}}\n"
    )
    process, line = started("run", "--config", str(config))
    arguments = ("transcribe", str(SAMPLES / "something.wav"), "--pace", "fast", "--uri")

    done = run(*arguments, f"tls://127.0.0.1:{port}", "--ca-file", str(certificate))
    untrusted = run(*arguments, f"tls://127.0.0.1:{port}")
    without = run(*arguments, f"tcp://127.0.0.1:{port}")
    pointless = run(*arguments, f"tcp://127.0.0.1:{port}", "--ca-file", str(certificate))
    no_file = run(*arguments, f"tls://127.0.0.1:{port}", "--ca-file", str(tmp_path / "none"))
    health = run("health", "--config", str(config))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)

    assert done.stdout.strip()
    codes = [each.returncode for each in (done, untrusted, without, pointless, no_file, health)]
    assert codes == [0, 3, 3, 2, 2, 0]
    assert "is not trusted" in untrusted.stderr.decode()
    assert "--ca-file requires --uri tls://host:port" in pointless.stderr.decode()
    assert "--ca-file: " in no_file.stderr.decode()
    assert line == f"Listening at tls://127.0.0.1:{port} (profiles: offline)"
    assert f"tls://127.0.0.1:{port} answers (profiles: offline)" in health.stdout.decode()


@pytest.mark.once
def test_a_bridge_with_a_low_limit_of_files_serves_one_client_after_another(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(
        "listen: tcp://127.0.0.1:0\nprofiles: {p: {provider: local, engine: scripted}}\n"
    )
    few = f"ulimit -n 72; exec {' '.join(COMMAND)} run --config {config}"
    process = subprocess.Popen(  # noqa: S603 - our own command
        ["/bin/bash", "-c", few], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    uri = process.stdout.readline().removeprefix("Listening at ").split()[0]
    host, port = uri.removeprefix("tcp://").split(":")
    crowd = [socket.create_connection((host, int(port))) for _ in range(100)]

    done = run("transcribe", str(SAMPLES / "goforward.wav"), "--pace", "fast", "--uri", uri)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)
    for each in crowd:
        each.close()

    assert done.returncode == 0
    assert done.stdout.strip()
    assert "Traceback" not in log
    assert len(log) < 10_000


@pytest.mark.once
def test_a_bridge_on_a_loopback_address_logs_that_it_is_not_announced(started) -> None:
    process, _ = started("run", "--uri", "tcp://127.0.0.1:0", "--zeroconf")
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0
    assert "the bridge is not announced: only clients on this machine can reach it" in log


@pytest.mark.once
@pytest.mark.parametrize("protocol", ProviderName)
def test_the_local_server_accepts_only_a_profile_with_the_right_token(
    protocol: str, started, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("right-token\n")
    process, line = started(
        "serve", "--port", "0", "--engine", "scripted", "--token-file", str(tokens)
    )
    url = f"{line.split()[-1]}/{protocol}"
    arguments = ("transcribe", str(SAMPLES / "goforward.wav"), "--pace", "fast")
    remote = ("--provider", protocol, "--url", url)

    right = run(*arguments, *remote, "--token-file", str(tokens))
    wrong = run(*arguments, *remote, env={"WYOMING_BRIDGE_TOKEN": "wrong-token"})
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)

    assert right.returncode == 0
    assert right.stdout.strip()
    assert wrong.returncode == 3
    assert "token" in wrong.stderr.decode()
    assert "wrong-token" not in wrong.stderr.decode()
    assert process.returncode == 0


def test_silence_has_no_words_and_its_own_exit_code() -> None:
    done = run("transcribe", "-", stdin=bytes(32000))

    assert done.returncode == 4
    assert b"(no words)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("transcribe", "none.wav"), 2, "none.wav: No such file"),
        (("transcribe", __file__), 2, "the file is not audio, or its format is not supported"),
        (("transcribe", "-", "--uri", "tcp://127.0.0.1:9"), 3, "no bridge answers at tcp://127"),
        (
            ("transcribe", "-", "--uri", "nowhere"),
            2,
            "--uri: must be tcp://host:port, got 'nowhere'",
        ),
        (("transcribe", "-", "--profile", "x"), 2, "no profile named 'x'; available: local"),
        (("run", "--uri", "tcp://u:pass@127.0.0.1:1"), 2, "without a user or a password"),
        (("run", "--uri", "tcp://127.0.0.1:1?x=1"), 2, "a query or a fragment has no meaning"),
        (("run", "--config", "none.yaml"), 2, "none.yaml: No such file"),
        (("run", "--config", "x", "--url", "y"), 2, "--url cannot be combined with --config"),
        (("run", "--url", "ws://x"), 2, "--url requires --provider"),
        (
            ("transcribe", "-", "--uri", "tcp://x:1", "--provider", "local"),
            2,
            "--provider cannot be combined with --uri",
        ),
        (("transcribe", "-", "--name", "x"), 2, "--name requires --uri"),
        (
            ("transcribe", "-", "--access-token-file", "x"),
            2,
            "--access-token-file requires --uri; for the token of a service, use --token-file",
        ),
        (
            ("transcribe", "-", "--uri", "tcp://127.0.0.1:9", "--access-token-file", "none"),
            2,
            "none cannot be read",
        ),
        (
            ("transcribe", "-", "--access-token", "t"),
            2,
            "unrecognized option: --access-token (did you mean --access-token-file?)",
        ),
        (("run", "--language", "nl"), 2, "--language requires --provider"),
        (("serve", "--port", "99999"), 2, "must be a port from 0 to 65535, got 99999"),
        (("run", "--provider", "reson8"), 2, "reson8 needs a token: set WYOMING_BRIDGE_TOKEN"),
        (("serve", "--host", "0.0.0.0"), 2, "needs tokens"),
        (("serve", "--host", "*"), 2, "needs tokens"),
        (("run", "--token", "t"), 2, "unrecognized option: --token (did you mean --token-file?)"),
        (("check", "--token", "t"), 2, "unrecognized option: --token (did you mean --token-file?)"),
        (("check", "--profile", "x"), 2, "no profile named 'x'; available: local"),
        (
            ("check", "--config", "x", "--language", "nl"),
            2,
            "--language cannot be combined with --config",
        ),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run(*arguments, stdin=bytes(3200))

    assert done.returncode == code
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


AS_AN_UNKNOWN_USER = (
    "import os, sys; os.setreuid(54321, 0); "  # the home directory is that of the real user ID
    "from wyoming_bridge.cli import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.mark.once
@pytest.mark.skipif(os.getuid() != 0, reason="only root may start a process as another user")
def test_the_error_without_a_home_directory_names_the_setting_state(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    text = (
        "listen: tcp://127.0.0.1:0\n"
        "profiles: {a: {provider: local, engine: scripted, max_seconds_per_day: 5}}\n"
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"HOME", "XDG_STATE_HOME", "STATE_DIRECTORY"}
    }
    config.write_text(text)
    done = [
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", AS_AN_UNKNOWN_USER, *arguments],
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
            env=environment,
        )
        for arguments in (
            ("run", "--config", str(config)),
            ("transcribe", str(SAMPLES / "something.wav"), "--config", str(config)),
            ("check", "--config", str(config)),
        )
    ]

    assert [each.returncode for each in done] == [2, 2, 2]
    line = "state: must be set, because the user of this process has no home directory"
    assert line in done[0].stderr.decode()
    assert [len(each.stderr.splitlines()) for each in done[:2]] == [1, 1]


@pytest.mark.once
def test_the_house_of_the_command_line_and_a_configuration_exclude_each_other() -> None:
    done = run("run", "--config", "bridge.yaml", "--house", "house.yaml")

    assert done.returncode == 2


@pytest.mark.once
def test_an_error_in_the_house_of_the_command_line_names_the_option_and_the_key(
    tmp_path: Path,
) -> None:
    path = tmp_path / "house.yaml"
    path.write_text("areas: [{name: 5}]")

    done = run("run", "--house", str(path))

    assert done.returncode == 2
    assert f"wyoming-bridge: --house: {path}: areas[0].name: must be a text" in done.stderr.decode()


@pytest.mark.once
def test_an_unknown_model_is_an_error_that_names_the_known_ones() -> None:
    done = run("model", "get", "nothing")

    assert done.returncode == 2
    assert b"no model named 'nothing'; available: moonshine-tiny-en, or an https:// URL" in (
        done.stderr
    )
