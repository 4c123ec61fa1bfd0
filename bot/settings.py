"""Settings from the environment and `.env`. What is missing is named with the place to get it; secrets never print."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sync.errors import SettingMissing

Role = Literal["web", "worker", "slack", "scheduler"]
ROLES: tuple[Role, ...] = ("web", "worker", "slack", "scheduler")
"""What a process can be: doors for webhooks and events; deciding, sending and reading; Slack; the clock's jobs."""

WHERE = {
    "SLACK_BOT_TOKEN": "api.slack.com/apps → your app → OAuth & Permissions → Bot User OAuth Token (xoxb-…)",
    "SLACK_APP_TOKEN": "api.slack.com/apps → your app → Basic Information → App-Level Tokens, scope connections:write (xapp-…)",
    "SLACK_SIGNING_SECRET": "api.slack.com/apps → your app → Basic Information → App Credentials → Signing Secret",
}
"""Where each required setting is found."""


class Settings(BaseSettings):
    """Everything that is set outside policy: addresses, tokens, the database. Prefix-less names are Slack's own."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", populate_by_name=True)

    database_url: str = Field("sqlite+aiosqlite:///countersign.db", validation_alias="COUNTERSIGN_DATABASE_URL")
    policy_file: Path = Field(Path("policy.yml"), validation_alias="COUNTERSIGN_POLICY")
    data_folder: Path = Field(Path("countersign-data"), validation_alias="COUNTERSIGN_DATA")
    web_host: str = Field("127.0.0.1", validation_alias="COUNTERSIGN_WEB_HOST")
    web_port: int = Field(8080, validation_alias="COUNTERSIGN_WEB_PORT")
    health_host: str = Field("127.0.0.1", validation_alias="COUNTERSIGN_HEALTH_HOST")
    health_port: int = Field(8081, validation_alias="COUNTERSIGN_HEALTH_PORT")
    public_url: AnyHttpUrl | None = Field(None, validation_alias="COUNTERSIGN_PUBLIC_URL")
    slack_mode: Literal["socket", "http"] = Field("socket", validation_alias="COUNTERSIGN_SLACK_MODE")
    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_base_url: str = Field("https://slack.com/api/", validation_alias="COUNTERSIGN_SLACK_BASE_URL")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", validation_alias="COUNTERSIGN_LOG")

    def require_slack(self) -> None:
        """Raises SettingMissing naming every missing variable and where to get it."""
        needed = {"SLACK_BOT_TOKEN": self.slack_bot_token}
        if self.slack_mode == "socket":
            needed["SLACK_APP_TOKEN"] = self.slack_app_token
        else:
            needed["SLACK_SIGNING_SECRET"] = self.slack_signing_secret
        missing = [name for name, value in needed.items() if value is None or not value.get_secret_value()]
        if missing:
            told = "\n".join(f"  {name}: {WHERE[name]}" for name in missing)
            raise SettingMissing(f"Set in the environment or in .env:\n{told}")
