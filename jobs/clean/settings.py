"""Section ``[clean_corpus]``: which steps run, and where their bounds are."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import SettingsError
from jobs.clean.minhash import Permutations
from jobs.clean.quality import QualityConfig


@dataclass(frozen=True)
class CleanConfig(QualityConfig):
    """Every step of the stage has its switch, in the order in which they run; one that is off drops nothing.

    ``languages`` are kept (``ko``, ``en``, ``other``); ``hangul_share`` of the letters makes a text Korean.
    ``max_broken`` is the share of lost characters that a text may hold, ``max_body`` the bytes that are read at all.
    A line is boilerplate of its source where it stands on ``boilerplate_pages`` pages and on ``boilerplate_share`` of
    all pages of the source; ``boilerplate_lines`` bounds how many such lines are known.
    ``near_bands`` x ``near_rows`` is the LSH; candidates are near duplicates from ``near_similarity``
    (Jaccard) on. ``near_days`` earlier days take part in the search for near duplicates, all days of the window in that
    for exact ones. ``driver_edges`` is how many pairs are resolved on the driver; more are resolved by Spark.
    """

    decode: bool = True
    main_text: bool = True
    normalise: bool = True
    language: bool = True
    pii: bool = True
    quality: bool = True
    exact_duplicates: bool = True
    near_duplicates: bool = True
    sentences: bool = True
    morphemes: bool = True
    statistics: bool = True

    languages: tuple[str, ...] = ("ko", "en")
    hangul_share: float = 0.1
    max_broken: float = 0.02
    max_body: int = 5_000_000
    boilerplate_pages: int = 20
    boilerplate_share: float = 0.05
    boilerplate_lines: int = 100_000
    near_bands: int = 14
    near_rows: int = 5
    near_similarity: float = 0.7
    near_days: int = 7
    driver_edges: int = 200_000

    def __post_init__(self) -> None:
        unknown = set(self.languages) - {"ko", "en", "other"}
        if unknown or not self.languages:
            raise SettingsError(f"[clean_corpus] languages = {self.languages!r}: expected some of ko, en, other")
        for name in ("near_bands", "near_rows", "driver_edges", "boilerplate_pages", "max_body"):
            if getattr(self, name) < 1:
                raise SettingsError(f"[clean_corpus] {name} = {getattr(self, name)!r}: expected at least 1")

    @property
    def permutations(self) -> Permutations:
        return Permutations(self.near_bands, self.near_rows)
