"""Streaming recognition with sherpa-onnx and the user's own model.

Nothing is imported here, because the server must not load the library.
"""
