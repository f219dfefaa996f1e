"""The files in ``deploy``: they are valid, and agree with each other and with the bridge."""

import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from needed import program
from wyoming_bridge.config import Config
from wyoming_bridge.config.file import load_config

pytestmark = pytest.mark.once

DEPLOY = Path(__file__).parents[2] / "deploy"
OLDEST_KUBERNETES = "1.30"
TOKENS = {"BRIDGE_TOKEN": "made-up-token-of-bridges", "SERVICE_TOKEN": "made-up"}

Json = dict[str, Any]


def manifests() -> list[Json]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def manifest(kind: str, name: str = "wyoming-bridge") -> Json:
    (found,) = [
        each for each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


@pytest.fixture
def kubernetes_config(tmp_path: Path) -> Config:
    path = tmp_path / "bridge.yaml"
    path.write_text(manifest("ConfigMap")["data"]["bridge.yaml"])
    return load_config(path, environment={**TOKENS, "USAGE": "redis://redis:6379/0"})


@pytest.mark.parametrize("version", [OLDEST_KUBERNETES, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("each", manifests(), ids=lambda each: each["kind"])
def test_every_manifest_has_the_schema_of_kubernetes(each: Json, version: str) -> None:
    kubernetes_validate.validate(each, version, strict=True)


def test_a_manifest_with_a_mistake_is_noticed() -> None:
    wrong = manifest("Deployment")
    wrong["spec"]["template"]["spec"]["terminationGracePeriod"] = 45

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST_KUBERNETES, strict=True)


def test_the_pods_have_the_ports_and_the_probes_of_the_bridge(kubernetes_config: Config) -> None:
    (container,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    probes = {
        name: container[name]["httpGet"]
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }

    assert kubernetes_config.status is not None
    assert ports == {
        "wyoming": kubernetes_config.listen.port,
        "status": kubernetes_config.status.port,
    }
    assert [each["path"] for each in probes.values()] == ["/livez", "/livez", "/readyz"]
    assert {each["port"] for each in probes.values()} == {"status"}


def test_kubernetes_waits_until_a_bridge_has_drained(kubernetes_config: Config) -> None:
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    pre_stop_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod["terminationGracePeriodSeconds"] > pre_stop_s + kubernetes_config.drain_timeout_s + 5


def test_every_selector_finds_the_pods_and_every_secret_has_a_name() -> None:
    labels = manifest("Deployment")["spec"]["template"]["metadata"]["labels"]
    secrets = {
        each["valueFrom"]["secretKeyRef"]["key"]
        for each in manifest("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
        if "valueFrom" in each
    }
    how_to = (DEPLOY / "kubernetes.yaml").read_text().partition("\napiVersion")[0]

    assert manifest("Service")["spec"]["selector"] == labels
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert all(f"--from-literal={name}=" in how_to for name in secrets)


def test_only_the_bridges_own_namespace_and_the_monitoring_can_read_the_status() -> None:
    clients, status = manifest("NetworkPolicy")["spec"]["ingress"]

    assert clients == {"ports": [{"port": "wyoming"}]}
    assert status == {
        "ports": [{"port": "status"}],
        "from": [
            {"podSelector": {}},
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
        ],
    }


@pytest.mark.parametrize(
    "text",
    [(DEPLOY / "bridge.yaml").read_text(), manifest("ConfigMap")["data"]["bridge.yaml"]],
    ids=["compose", "kubernetes"],
)
def test_the_profile_in_a_comment_is_valid(text: str, tmp_path: Path) -> None:
    """A person who runs a recogniser removes the comment signs."""
    path = tmp_path / "bridge.yaml"
    path.write_text(re.sub(r"^( *)# ( *\w+: ?)", r"\1\2", text, flags=re.MULTILINE))
    config = load_config(path, environment={**TOKENS, "USAGE": "redis://redis:6379/0"})
    found = {each.name: each for each in config.profiles}

    assert set(found) == {"voice", "offline", "own"}
    assert found["own"].provider == "openai"
    assert found["own"].fallback == ("offline",)


@pytest.fixture
def compose() -> Json:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.fixture
def compose_config() -> Config:
    return load_config(DEPLOY / "bridge.yaml", environment=TOKENS)


def test_the_bridges_of_the_compose_file_accept_the_headers_of_their_balancer(
    compose, compose_config: Config
) -> None:
    (network,) = compose["networks"]["bridges"]["ipam"]["config"]

    assert compose_config.balancers is not None
    assert compose_config.balancers.networks == (network["subnet"],)
    assert all(each["networks"] == ["bridges"] for each in compose["services"].values())
    assert "ports" not in compose["services"]["bridge"]


def test_docker_waits_until_a_bridge_has_drained(compose, compose_config: Config) -> None:
    grace = compose["services"]["bridge"]["stop_grace_period"]

    assert grace.endswith("s")
    assert float(grace[:-1]) > compose_config.drain_timeout_s + 5


def test_the_compose_file_sets_all_files_and_variables_that_the_configuration_reads(
    compose,
) -> None:
    bridge = compose["services"]["bridge"]
    files = {
        source
        for each in compose["services"].values()
        for source, *_ in [volume.split(":") for volume in each.get("volumes", ())]
        if source.startswith("./")
    }

    assert set(TOKENS) <= set(bridge["environment"])
    assert bridge["command"] == ["run", "--config", bridge["volumes"][0].split(":")[1]]
    assert all((DEPLOY / name).is_file() for name in files)
    assert {
        name for each in compose["services"].values() for name in each.get("depends_on", ())
    } <= (set(compose["services"]))


def test_the_balancer_asks_the_status_and_sends_the_header(compose_config: Config) -> None:
    balancer = (DEPLOY / "haproxy.cfg").read_text()

    assert compose_config.status is not None
    assert f"check port {compose_config.status.port} " in balancer
    assert f"bridge:{compose_config.listen.port}\n" in balancer
    assert "send-proxy-v2" in balancer
    assert "uri /readyz " in balancer


def test_haproxy_accepts_its_configuration() -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [program("haproxy", package="haproxy"), "-c", "-f", str(DEPLOY / "haproxy.cfg")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
