"""Custom sentences, as a user writes them for Home Assistant."""

from pathlib import Path

from homeassistant.core import HomeAssistant


async def add_custom_sentences(hass: HomeAssistant, *sentences: str) -> None:
    """Write sentences of one intent, and let Home Assistant load them."""
    listed = ", ".join(f'"{each}"' for each in sentences)
    await write_custom_sentences(
        hass, f"language: en\nintents: {{OwnIntent: {{data: [{{sentences: [{listed}]}}]}}}}\n"
    )


async def write_custom_sentences(hass: HomeAssistant, text: str) -> None:
    """Write a file of custom sentences, and let Home Assistant load it, as a user does."""

    def write() -> None:
        folder = Path(hass.config.path("custom_sentences", "en"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "own.yaml").write_text(text)
        Path(hass.config.path("configuration.yaml")).touch()

    # Home Assistant would keep the old sentences if it were still loading them.
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.async_add_executor_job(write)
    await hass.services.async_call("conversation", "reload", {}, blocking=True)
