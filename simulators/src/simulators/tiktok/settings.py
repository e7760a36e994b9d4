"""How a TikTok Shop simulator is set up. Durations in seconds."""

from dataclasses import dataclass

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Settings:
    """`rate_limit_per_s` is per shop and endpoint (TikTok's is not published); None: no limit."""

    app_key: str
    app_secret: str
    hold_s: float = 3_600
    access_token_s: int = 7 * DAY_S
    refresh_token_s: int = 365 * DAY_S
    auth_code_s: int = 30 * 60
    webhook_timeout_s: float = 3
    webhook_retries_s: tuple[float, ...] = (0.5, 2, 8, 30)
    rate_limit_per_s: float | None = None
