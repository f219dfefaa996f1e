"""Compares profiles on recordings whose text is known.

In this package, a recording may be any audio file, not only a recording of the recorder.
"""
