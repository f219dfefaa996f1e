"""Models: which URLs are allowed, and the names that they give to files and folders."""

import pytest

from wyoming_bridge.local.models import ModelError
from wyoming_bridge.local.models.urls import file_name_of, model_name_of


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://example.org/m.onnx", "m.onnx", "https://", "https://[x/m"]
)
def test_only_https_is_fetched_from_other_machines(url: str) -> None:
    with pytest.raises(ModelError, match=r"must begin with https|invalid"):
        file_name_of(url)


@pytest.mark.parametrize("path", ["", "a/", "..", "a/%2e%2e", "%2fetc%2fpasswd"])
def test_a_url_must_name_a_file(path: str) -> None:
    with pytest.raises(ModelError, match="must end with the name of a file"):
        file_name_of(f"https://example.org/{path}")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("example.org/model/tiny-streaming-en/quantized_26_08_21/adapter.ort", "tiny-streaming-en"),
        ("example.org/someone/zipformer-de/resolve/main/encoder.int8.onnx", "zipformer-de"),
        ("example.org/base-es/v1.2/tokenizer.bin", "base-es"),
        (
            "example.org/a/releases/download/asr/zipformer-fr-2023-06-26.tar.bz2",
            "zipformer-fr-2023-06-26",
        ),
        ("example.org/%2e%2e/tokens.txt", "example.org"),
        ("example.org/a%20b/a%2fb/.hidden/tokens.txt", "example.org"),
        ("[::1]/tokens.txt", "model"),
        ("example.org/tokens.txt?name=other/x", "example.org"),
    ],
)
def test_a_folder_is_named_after_the_url(path: str, name: str) -> None:
    assert model_name_of(f"https://{path}") == name
