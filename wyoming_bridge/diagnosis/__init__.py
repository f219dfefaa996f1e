"""Tries a profile step by step and says what works and what does not; prints nothing.

Nothing is imported here: a probe needs nothing of a check.
"""
