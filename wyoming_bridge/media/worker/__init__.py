"""The worker process, which decodes one stream with FFmpeg's libraries, and its messages.

Rules of this package:

- The worker imports only the standard library, PyAV and this package. This module imports nothing.
- It does not trust the stream. Its memory and its computing time without progress are limited.
  Before it reads the stream, it gives up the right to open files and connections, because FFmpeg
  opens them for some formats (playlists, lists of files).
- It begins with little memory. Before it takes more, the parent has to allow it: see ``memory``.
- Its last message is ``ENDED`` or ``FAILED``. Without such a message, it has crashed.

Standard input is the encoded stream. Standard output is a sequence of messages: see ``messages``.
"""
