"""The composition root: the only package that names every concrete class.

Nothing is imported here: who only transcribes needs no Wyoming server.
"""
