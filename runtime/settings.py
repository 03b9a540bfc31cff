"""Settings: `LIENTHONG_…` environment variables; the defaults are the local stack."""

import base64
import hashlib
from functools import cached_property
from pathlib import Path

from pydantic import Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOCAL_KEY = base64.b64encode(hashlib.sha256(b"lien-thong local stack, never in production").digest()).decode()

_LOCAL_SIGNING = "lienthong-local"
_LOCAL_LOGIN = "local-lienthong-desk"


class InsecureSetting(Exception):
    """A default that is fit for the local stack alone was left in a production environment."""


class Settings(BaseSettings):
    """Everything that can be moved. Instants and durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix="LIENTHONG_", extra="ignore")

    environment: str = "local"
    """`local` accepts the built-in secrets; anything else refuses them."""
    state_dir: Path = Path("var")
    database_url: str | None = None
    master_key: SecretStr = SecretStr(_LOCAL_KEY)
    """32 bytes, base64: wraps each dossier's key."""

    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "dossiers"
    temporal_ui_port: int = 8233

    api_host: str = "127.0.0.1"
    api_port: int = 8000
    agencies_url: str = "http://127.0.0.1:8100"
    public_url: str = "http://127.0.0.1:8000"
    """Where the QR code on a certificate leads."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Networks whose `X-Forwarded-For` is believed (a JSON list): who asks is then whom the proxy says."""

    signing_url: str = "http://127.0.0.1:8100/signing"
    signing_client: str = "lienthong"
    signing_secret: SecretStr = SecretStr(_LOCAL_SIGNING)
    signing_roots: Path | None = None
    """PEM of the trusted root CAs; the local stack trusts what its own signing stand-in shows."""

    issuer: str = "http://127.0.0.1:8100/vneid"
    audience: str = "lienthong"
    login_client: str = "lienthong-desk"
    """What the issuer knows the web desks by."""
    login_secret: SecretStr = SecretStr(_LOCAL_LOGIN)
    helper_client: str = "lienthong-helper"
    """What the issuer knows the command at a token's machine by; it has no secret, and is sent back to 127.0.0.1."""
    session_hours: float = 8.0
    """How long a login lasts."""

    sample_office: str = "00070"
    log_level: str = "INFO"

    update_timeout: float = 5.0
    """How long the API waits for the engine, or for the database, before it answers 503."""
    agency_timeout: float = 10.0
    agency_attempt: float = 30.0
    """So long an attempt may take, with all that it asks; what a worker had in hand when it died is then asked anew."""
    retry_cap: float = 15.0
    webhook_retry_cap: float = 15.0
    """How long a portal's webhook pauses at most between attempts; in production rather an hour."""
    first_enquiry: float = 2.0
    enquiry_cap: float = 15.0
    expected_answer: float = 15.0
    id_wait_cap: float | None = 10.0
    """Local stacks shorten the certificate's wait for the personal ID; 0 or less: as the law's pack says."""
    breaker_opens_after: float = 10.0
    breaker_probes_every: float = 5.0
    watchdog_every: float = 2.0
    """Between two looks for what does not go on."""
    mergers_every: float = 5.0
    """Between two looks for open dossiers at offices that are merged; in production rather a minute."""
    approval_within: float = 3600.0
    """So long an act of support waits for a second person, and an approved one for being begun."""
    verify_within: float = 900.0
    """So long after an act the agency may take to agree; then it is open again. In production rather days."""
    answer_within: float = 3600.0
    """So long after a clerk asked, by the wall clock, the first answer is owed."""
    replay_in_hand: int = 10
    """Of one replay of many, so many dossiers at once."""
    replay_watches: int = 20
    replay_pauses_at: float = 0.5
    """A replay of many pauses itself when this share of so many that ended last failed."""
    replay_minds_held: bool = True
    """It also does where nothing goes out to the agency."""
    replay_proof_within: float = 900.0
    """So long it waits for one dossier's proof, which then counts as failed; in production rather an hour."""
    replay_patience: float = 60.0
    """So long for an agency that is held, or does not answer: an error, after which the dossier has another turn."""
    reconciliation_hour: int = Field(default=2, ge=0, le=23)
    """At this hour of Viet Nam the day before is compared with every agency."""
    reconciliation_settles: float = 300.0
    """So long our record may lag behind what an agency decided."""
    callback_secrets: dict[str, str] = Field(default_factory=dict)
    """A Standard Webhooks secret per agency; absent ones have a local default."""
    registers: Path | None = None
    """Offices and duty periods (YAML) that bootstrap loads; the local stack has its own sample."""
    worker_groups: str = "all"
    """Which queues this worker process serves: `all` or a comma-separated list of groups (workers/wiring.py)."""

    @cached_property
    def database(self) -> str:
        """The database's URL: SQLite in the state directory unless set."""
        return self.database_url or f"sqlite:///{self.state_dir.resolve() / 'lienthong.db'}"

    @cached_property
    def master_key_bytes(self) -> bytes:
        """The master key; the local default is refused outside the local environment."""
        text = self.master_key.get_secret_value()
        if self.environment != "local" and text == _LOCAL_KEY:
            msg = "LIENTHONG_MASTER_KEY must be set outside the local environment"
            raise InsecureSetting(msg)
        key = base64.b64decode(text)
        if len(key) != 32:  # noqa: PLR2004  # AES-256
            msg = "LIENTHONG_MASTER_KEY must be 32 bytes in base64"
            raise InsecureSetting(msg)
        return key

    @cached_property
    def signing_password(self) -> str:
        """The client secret at the signing service; the local default is refused outside the local environment."""
        text = self.signing_secret.get_secret_value()
        if self.environment != "local" and text == _LOCAL_SIGNING:
            msg = "LIENTHONG_SIGNING_SECRET must be set outside the local environment"
            raise InsecureSetting(msg)
        return text

    @cached_property
    def login_password(self) -> str:
        """The desks' client secret at the issuer; the local default is refused outside the local environment."""
        text = self.login_secret.get_secret_value()
        if self.environment != "local" and text == _LOCAL_LOGIN:
            msg = "LIENTHONG_LOGIN_SECRET must be set outside the local environment"
            raise InsecureSetting(msg)
        return text

    def callback_secret(self, agency: str) -> str:
        """The secret that an agency's callbacks are signed with."""
        if agency in self.callback_secrets:
            return self.callback_secrets[agency]
        if self.environment != "local":
            msg = "LIENTHONG_CALLBACK_SECRETS lacks an agency"
            raise InsecureSetting(msg)
        digest = hashlib.sha256(f"lienthong-local-{agency}".encode()).digest()
        return "whsec_" + base64.b64encode(digest).decode()
