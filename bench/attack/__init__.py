"""Attacks on the real programs, with real sockets on loopback, and a table of their effects."""
