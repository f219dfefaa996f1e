"""Writes the query parameters of a session with Reson8. The server reads them in ``query``."""

from .settings import Reson8Settings

__all__ = ["write_query"]


def write_query(settings: Reson8Settings) -> list[tuple[str, str]]:
    """Return the parameters of a session. Settings without a value are not sent."""
    query = [
        ("encoding", "pcm_s16le"),
        ("sample_rate", "16000"),
        ("channels", "1"),
        ("include_interim", "true"),
        ("include_timestamps", "true"),
        ("include_words", "true"),
        ("include_confidence", "true"),
    ]
    languages = settings.languages
    if languages:
        query.append(("language", ",".join(languages)))
    if len(languages) != 1:
        query.append(("include_language", "true"))
    if settings.custom_model_id:
        query.append(("custom_model_id", settings.custom_model_id))
    if settings.phrases:
        query.append(("phrases", ",".join(settings.phrases)))
    if settings.bias_strength is not None:
        query.append(("bias_strength", f"{settings.bias_strength:g}"))
    if settings.filler_mode:
        query.append(("filler_mode", settings.filler_mode))
    if settings.patterns:
        query.append(("patterns", ",".join(settings.patterns)))
    if settings.diarize:
        query.append(("diarize", "true"))
    if settings.max_speakers is not None:
        query.append(("max_speakers", str(settings.max_speakers)))
    return query
