"""The texts of errors, which can be translated."""

from enum import Enum, unique
from string import Formatter

__all__ = ["ErrorText"]


@unique
class ErrorText(Enum):
    """The texts of errors that a client, such as Home Assistant, can translate.

    Each value is the English text. Its placeholders are names, addresses, numbers, codes and quoted
    answers of services, and never a part of a sentence. Translations and Wyoming ``error`` events
    refer to a text by the name of its member, so this name must not change.
    """

    # The network.
    NO_ANSWER = "{place} did not answer within {seconds} s"
    CONNECTION_REFUSED = "{place} refuses connections"
    CONNECTION_CLOSED = "{place} closed the connection"
    CLOSED_WITHOUT_ANSWER = "{place} closed the connection without an answer"
    NO_ROUTE = "{place} cannot be reached: there is no route to it"
    UNREACHABLE = "{place} cannot be reached: {reason}"
    TOO_MANY_OPEN_FILES = "{place} cannot be reached: too many open files"
    NAME_UNKNOWN = "the host name {host} cannot be resolved: it is unknown"
    NAME_NOT_RESOLVED = "the host name {host} cannot be resolved: {reason}"
    NAME_LATE = "the host name {host} was not resolved within {seconds} s"
    INVALID_HOST = "{place} is not a valid host name"
    INVALID_ADDRESS = "{place} is not a valid address"
    NOT_HTTP = "the answer of {place} is not HTTP"
    NOT_WEBSOCKET = "{place} does not answer as a websocket server"
    TLS_FAILED = "the TLS handshake with {place} failed: {reason}"
    CERTIFICATE_EXPIRED = (
        "the certificate of {place} has expired, if this machine's clock is right ({time} UTC)"
    )
    CERTIFICATE_TOO_NEW = (
        "the certificate of {place} is not valid yet, if this machine's clock is right ({time} UTC)"
    )
    CERTIFICATE_SELF_SIGNED = "the certificate of {place} is not trusted: self-signed certificate"
    CERTIFICATE_OF_UNKNOWN_ISSUER = (
        "the certificate of {place} is not trusted: its issuer is unknown"
    )
    CERTIFICATE_OF_ANOTHER = "the certificate of {place} is not trusted: it is for another host"
    CERTIFICATE_UNTRUSTED = "the certificate of {place} is not trusted (OpenSSL error {number})"

    # The proxy.
    PROXY_SETTING = "{setting}: must be http://host:port or https://host:port, got {value}"
    PROXY_SOCKS = (
        "{setting}: must be http://host:port or https://host:port; SOCKS proxies are not "
        "supported, got {value}"
    )
    PROXY_REFUSES_CONNECTIONS = "the proxy {proxy} refuses connections"
    PROXY_UNREACHABLE = "the proxy {proxy} cannot be reached: {reason}"
    PROXY_WITHOUT_PASSWORD = (
        "the proxy {proxy} requires a user name and a password, as in "
        "http://user:password@host:port (HTTP {status})"
    )
    PROXY_WRONG_PASSWORD = (
        "the proxy {proxy} does not accept its user name and password (HTTP {status})"
    )
    PROXY_CANNOT_REACH = "the proxy {proxy} cannot reach {place} (HTTP {status})"
    PROXY_REFUSES = "the proxy {proxy} refuses to connect to {place} (HTTP {status})"
    NOT_A_PROXY = "the proxy {proxy} does not answer as an HTTP proxy"

    # What a service answers. ``answer`` quotes it, with the HTTP status if there is one.
    TOKEN_REFUSED = "the service does not accept the token ({answer})"
    KEY_ID_GIVEN = "the token is the id of an API key, and not the key itself ({answer})"
    NO_CREDIT = "the account has no credit left ({answer})"
    TERMS_NOT_ACCEPTED = "the service's terms are not accepted ({answer})"
    TOO_MANY_SESSIONS = "too many sessions at once ({answer})"
    SERVICE_FAILED = "the service failed ({answer})"
    SESSION_REFUSED = "the service refused the session ({answer})"
    REQUEST_TOO_LATE = "the service waited too long for the request ({answer})"
    REQUEST_TOO_EARLY = "the request was too early ({answer})"
    REDIRECTED = (
        "the answer is a redirect to {target}; a login page of the network may be in the way of "
        "the service ({answer})"
    )
    REDIRECTED_NOWHERE = (
        "the answer is a redirect without a valid address; a login page of the network may be in "
        "the way of the service ({answer})"
    )
    LOGIN_PAGE = "a login page of the network may be in the way of the service ({answer})"
    WEB_PAGE = (
        "a web page answered instead of the service ({answer}); the address may be wrong, or a "
        "network in front of the service has answered"
    )
    FORBIDDEN_BY_PAGE = (
        "a web page answered instead of the service ({answer}); a proxy in front of the service "
        "may have refused the token, or a login page of the network may be in the way"
    )
    SERVICE_SAYS = "{answer}"
    SERVICE_SAYS_NOTHING = "the service reported an error without a text"

    # A session with a service.
    NOT_READY = "the service was not ready within {seconds} s"
    STILL_LOADING = "the service was still loading after {seconds} s"
    NOT_STARTED = "the service is starting; it was not ready within {seconds} s"
    STILL_STARTING = "the service is still starting"
    BROKE = "the connection broke while {state}"
    CLOSED_WITH_CODE = "the connection closed with code {code} while {state}"
    CLOSED_SAYING = "the connection closed with code {code} ({answer}) while {state}"
    ENDED_WITHOUT_RESULT = "the session ended without a result"
    STOPPED_UNASKED = "the service ended the session too early"
    SILENT = "the service was silent for {seconds} s when an answer was due"
    NO_SIGN_OF_LIFE = "the service gave no sign of life for {seconds} s"
    TOOK_NO_AUDIO = "the service took no audio for {seconds} s"
    NO_TRANSCRIPT = "no transcript arrived within {seconds} s after the audio"
    AUDIO_STOPPED = (
        "no audio arrived for {seconds} s, and its end was not reported; the text so far may be "
        "half a command"
    )
    AUDIO_BEHIND = "the audio is {seconds} s behind; it must arrive as fast as it was spoken"
    LIMIT_REACHED = "{sent} s of audio were sent today; the limit is {limit} s"

    # A remote bridge.
    NO_BRIDGE_LISTENS = "no bridge answers at {place}: connections are refused"
    NO_BRIDGE_ANSWERS = "no bridge answers at {place} within {seconds} s"
    NOT_A_WYOMING_SERVER = "the server at {place} is not a Wyoming server"
    ANOTHER_WYOMING_SERVER = "the Wyoming server at {place} is not Wyoming Bridge: it is by {maker}"
    NO_SPEECH_TO_TEXT = (
        "the Wyoming server at {place} is not Wyoming Bridge: it offers no speech-to-text"
    )
    BRIDGE_IS_SILENT = "the bridge sent nothing for {seconds} s"
    BRIDGE_DOES_NOT_ANSWER = "the bridge does not answer"
    BRIDGE_CLOSED = "the bridge closed the connection"
    BRIDGE_BROKE_OFF = "the connection to the bridge broke"
    BRIDGE_STOPS = "the bridge is stopping"
    TOO_MANY_CLIENTS = "max {limit} concurrent clients reached"
    EVENT_WAITED = (
        "the bridge is busy with large events of other clients; this one waited for {seconds} s"
    )
    PLACE_IS_NEEDED = "the audio is late, and the bridge needs the connection for another client"
    NO_SUCH_PROFILE = "no profile named {name}; available: {available}"
    TOKEN_MISSING = "this bridge requires an access token, and none was sent"
    TOKEN_WRONG = "the access token is wrong"
    TOKEN_IN_CLEAR = (
        "the client is outdated: it sent its access token in clear text, which this bridge "
        "refuses. Update the client, then give bridge and client a new token, because others on "
        "the network can have read this one"
    )
    ADDRESS_NOT_LISTED = "the client's address is not on the allow list of this bridge"
    BRIDGE_WITHOUT_TOKEN = (
        "the bridge has no access token, so it cannot prove that it is the right one"
    )
    BRIDGE_PROVES_NOTHING = (
        "the server at {place} does not prove that it knows the access token; it is an older "
        "bridge, a bridge without a token, or another server"
    )
    BRIDGE_WANTS_CLEAR_TOKEN = (
        "the bridge at {place} is of an older version, which wants the access token in clear text; "
        "the token was not sent"
    )
    BRIDGE_PROOF_IS_WRONG = "the bridge's proof that it knows the access token is wrong"
    BRIDGE_IS_ANOTHER = "the bridge that answers at {place} is not the expected one"
    BRIDGE_IS_FORWARDED = (
        "a device at {place} forwards the connection to a bridge at another address; use the "
        "bridge's own address"
    )

    # Settings. The error's text begins with the name of the setting.
    INVALID_LANGUAGE = "{setting}: must be a language code such as nl or nl-BE, got {value}"
    INVALID_TOKEN = "{setting}: must be printable ASCII without spaces"
    TOKEN_IS_ID = "{setting}: is the number of a token, and not the token itself"
    TOKEN_OF_LOGIN = (
        "{setting}: is the token of a login; an API token of the type Realtime is required"
    )
    INVALID_URL = "{setting}: must be {scheme}://host[:port][/prefix]"
    INVALID_BRIDGE_HOST = (
        "{setting}: must be a name or an address such as 192.168.1.10, got {value}"
    )
    INVALID_CERTIFICATE = "{setting}: must be certificates in PEM"
    URL_WITH_MORE = "{setting}: must not contain a user, a query or a fragment"
    URL_NOT_ENCRYPTED = (
        "{setting}: {scheme}:// sends audio and token unencrypted, which is allowed only for this "
        "machine and the hosts in plain_ws_hosts, got {host}"
    )
    SERVICE_ENDS_NOTHING = (
        "{setting}: must be race or client, got 'provider': this service does not detect the end "
        "of speech"
    )
    MODEL_ENDS_NOTHING = (
        "{setting}: must be race or client, got 'provider': the model {model} does not detect the "
        "end of speech"
    )
    SERVER_ENDS_NOTHING = (
        "{setting}: must be manual, because {server} does not detect the end of speech, got {value}"
    )
    MODEL_NEEDED = "{setting}: must be set, because the server is {server}"
    TIMESTAMPS_WITH_FILTER = "{setting}: must not be true if include_timestamps is true"
    NOT_A_WHOLE_NUMBER = "{setting}: must be a whole number, got {value}"
    SPECULATES_TOO_LATE = "{setting}: must be less than silence_ms, which is {limit}, got {value}"
    WAITS_TOO_LONG = "{setting}: must be at most max_utterance_s, which is {limit}, got {value}"
    LONGER_THAN_EXTENDABLE = (
        "{setting}: must be at most extendable_silence_ms, which is {limit}, got {value}"
    )
    LONGER_THAN_UNFINISHED = (
        "{setting}: must be at most unfinished_silence_ms, which is {limit}, got {value}"
    )

    # Files and folders. The error's text begins with the name of the setting that needs them.
    # ``reason`` is a symbol of the system, such as ``EIO``.
    DISK_FULL = "{setting}: {path} cannot be written: the disk is full ({reason})"
    PATH_FORBIDDEN = "{setting}: {path} cannot be used: permission denied ({reason})"
    PATH_MISSING = "{setting}: {path} cannot be found ({reason})"
    PATH_UNUSABLE = "{setting}: {path} cannot be used ({reason})"

    # The audio of a URL. Problems of audio that are not listed here have only a ``MediaProblem``.
    MEDIA_NEEDS_LOGIN = "{place} requires a login (HTTP {status})"
    MEDIA_DOES_NOT_EXIST = "{place} does not exist (HTTP {status})"
    MEDIA_NOT_AVAILABLE = "{place} is not available (HTTP {status})"

    @property
    def key(self) -> str:
        """The name of the text in translations and events."""
        return self.name.lower()

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of the values in the text."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.value) if name)
