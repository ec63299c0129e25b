"""The settings of aggregate_impressions."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import SettingsError


@dataclass(frozen=True)
class ImpressionsConfig:
    """Section ``[aggregate_impressions]``.

    A user with ``least_shows`` rows or more is a machine where the click rate is ``times_base`` that of the log and
    lies ``deviations`` standard deviations above it, and there are ``least_clicks`` clicks, ``least_rate`` of the rows
    or more: where one row in a thousand is clicked, one click in twenty rows is a person's. One whose minute holds more
    than ``per_minute`` rows is a machine as well.

    Counters look back over ``windows`` days, today so far included (1 = today alone). Beside users and ads those
    columns of ``categories`` are counted that the log has. A rate is shrunk towards the click rate of everything before
    by ``smoothing`` shows, and that one towards ``prior`` by as many.

    Of the rows without a click a share ``keep_negatives`` is written. ``files`` is the least number of Parquet files
    written, which is part of their bytes; a file holds about ``rows_a_file`` rows where there are more.
    """

    least_shows: int = 20
    least_clicks: int = 10
    least_rate: float = 0.1
    times_base: float = 5.0
    deviations: float = 6.0
    per_minute: int = 300
    windows: tuple[int, ...] = (1, 7, 30)
    categories: tuple[str, ...] = ("ad_category", "ad_genre", "ad_campaign", "ad_kind")
    smoothing: float = 20.0
    prior: float = 0.02
    keep_negatives: float = 1.0
    files: int = 4
    rows_a_file: int = 500_000

    def __post_init__(self) -> None:
        if not 0 < self.keep_negatives <= 1:
            raise SettingsError(
                f"[aggregate_impressions] keep_negatives = {self.keep_negatives}: expected a share above 0, at most 1"
            )
        days = set(self.windows)
        if not days or not days <= set(range(1, WINDOW + 1)) or len(days) < len(self.windows):
            raise SettingsError(
                f"[aggregate_impressions] windows = {list(self.windows)}: expected different days from 1 to {WINDOW}"
            )
        if self.smoothing <= 0 or not 0 < self.prior < 1:
            raise SettingsError(
                f"[aggregate_impressions] smoothing = {self.smoothing}, prior = {self.prior}: expected a number above "
                "0 and a rate between 0 and 1"
            )

    def file_count(self, rows: int) -> int:
        """How many files ``rows`` rows go to."""
        return max(self.files, -(-rows // self.rows_a_file))


WINDOW = 30
