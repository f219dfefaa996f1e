"""The extensions of the Wyoming protocol that our server and our client share.

A client requests partial texts in ``transcribe``: ``context: {"wyoming_bridge": {"partials":
true}}``. It then gets a ``transcript-partial`` event for each revision, and the details of the
result in the ``context`` of the ``transcript``. Other clients do not get these extensions. Next to
``partials``, the client may set:

- ``endpointing``: an object of endpointing settings, by their names in the configuration
- ``house``: the names of the house, as ``House.to_data`` returns them
- ``utterance_id``: the name of the utterance in the bridge's log

A client that has an access token exchanges ``wyoming-bridge-access`` events with the bridge before
it sends any other event. ``access.handshake`` defines their data. Servers that do not know this
event ignore it, as Wyoming requires.

The data of a partial text and of a result are in ``result``, that of an error in ``error``, and
what a bridge adds to ``info`` in ``info``.
"""
