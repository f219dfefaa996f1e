"""Audio from addresses, files and containers, as raw audio.

Nothing is imported here: the decoder's library takes 35 MiB, and few need it.
"""
