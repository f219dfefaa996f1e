"""The services' protocols, without I/O and without a clock: the caller passes in the time."""
