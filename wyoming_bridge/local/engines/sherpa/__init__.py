"""Streaming recognition with sherpa-onnx and a model of the user.

Nothing is imported here, because the server must not load the library.
"""
