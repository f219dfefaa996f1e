"""Attacks on the real programs, with real sockets on loopback, and what came of them."""
