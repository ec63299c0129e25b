"""Quality rules in the manner of Gopher (arXiv 2112.11446) and C4 (arXiv 1910.10683), for Korean and for short texts.

Gopher's rules are for English pages of at least fifty words. Here a rule waits until there is enough text to judge, so
that a review of one line passes what it can pass; shares are as Gopher has them, or wider where Korean asks for it (a
word carries its particle, so the same noun seldom is the same word). Stop words are particles and endings: a long text
in Korean without any is a list of keywords.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from jobs.clean.characters import CHAT_JAMO, LETTER, Look, look

PLACEHOLDER = re.compile(
    r"lorem ipsum|javascript (?:must be|is) (?:enabled|disabled)|(?:enable|turn on) javascript|"
    r"자바\s?스크립트를? (?:켜|활성화|사용하도록)|"
    r"(?:페이지|게시물|게시글)[을를이가]? (?:찾을 수 없|존재하지 않|삭제되)|"
    r"(?:404|403) (?:not found|forbidden|error)",
    re.I,
)
CODE = re.compile(r"[{};]\s*$", re.M)
BULLET = re.compile(r"^[-–—•‣▪▶▷►●○■□◆◇★☆※·*☞✓✔]", re.M)
ELLIPSIS = re.compile(r"(?:\.\.\.?|…)\s*$", re.M)
ENGLISH = re.compile(r"\b(?:the|be|to|of|and|that|have|with|is|in|it|for|was|on|are|a)\b", re.I)


@dataclass(frozen=True)
class QualityConfig:
    """The quality rules' part of section ``[clean_corpus]``.

    ``min_letters`` counts letters of any script, chat jamo (ㅋㅋ) left out. Shares are between 0 and 1:
    ``min_letter_share`` letters and digits among the visible characters; ``max_char_share`` the most frequent letter,
    judged from ``judge_chars`` of them. From ``judge_lines`` lines on: ``max_line_share`` lines that repeat an earlier
    one, ``max_code_share`` lines that end like program code, ``max_bullet_share`` lines that begin with a bullet,
    ``max_ellipsis_share`` lines that end in dots. From ``judge_words`` words on: ``max_word_share`` the most frequent
    word; ``max_brace_share`` braces among the characters; ``max_top_shares`` the characters in the most frequent run
    of 2, 3 and 4 words; ``max_repeat_shares`` the characters in repeated runs of 5 to 10 words; ``word_length`` the
    least and most mean length of a word. From ``judge_stop_words`` words on: ``min_stop_share`` words with a Korean
    particle or ending, or English stop words.
    """

    min_letters: int = 4
    max_chars: int = 500_000
    min_letter_share: float = 0.4
    max_char_share: float = 0.5
    judge_chars: int = 10
    max_line_share: float = 0.5
    max_code_share: float = 0.4
    max_brace_share: float = 0.04
    max_bullet_share: float = 0.9
    max_ellipsis_share: float = 0.5
    judge_lines: int = 5
    max_word_share: float = 0.4
    max_top_shares: tuple[float, ...] = (0.4, 0.35, 0.3)
    max_repeat_shares: tuple[float, ...] = (0.45, 0.4, 0.4, 0.35, 0.35, 0.3)
    word_length: tuple[float, ...] = (1.3, 20.0)
    judge_words: int = 20
    min_stop_share: float = 0.08
    judge_stop_words: int = 40


def fault(text: str, config: QualityConfig, language: str = "ko", known: Look | None = None) -> str | None:
    """The first rule that a normalised text breaks, or None; ``known`` is its look, where somebody has taken it."""
    if len(text) > config.max_chars:
        return "too_long"
    seen = known or look(text)
    letters, visible = seen.letters, len(text) - seen.spaces
    if letters < config.min_letters:
        return "too_short"
    if letters + seen.digits < config.min_letter_share * visible:
        return "symbols"
    most = config.max_char_share * letters
    if letters >= config.judge_chars and seen.crowd > most and top_letter(text) > most:
        return "repeated_character"
    if letters < 200 and PLACEHOLDER.search(text):
        return "placeholder"
    return lines(text, config) or words(text, config, language, seen)


def top_letter(text: str) -> int:
    """How often the most frequent letter stands in a text; chat jamo are no letters."""
    return max(Counter("".join(LETTER.findall(CHAT_JAMO.sub(" ", text)))).values(), default=0)


def lines(text: str, config: QualityConfig) -> str | None:
    """Lines that repeat, or that are code, bullets or teasers."""
    found = [line.strip() for line in text.split("\n") if line.strip()]
    many = len(found)
    if many < config.judge_lines:
        return None
    if len(set(found)) < (1 - config.max_line_share) * many:
        return "repeated_lines"
    if len(CODE.findall(text)) > config.max_code_share * many:
        return "code"
    if len(BULLET.findall(text)) > config.max_bullet_share * many:
        return "bullets"
    if len(ELLIPSIS.findall(text)) > config.max_ellipsis_share * many:
        return "ellipses"
    return None


def words(text: str, config: QualityConfig, language: str, seen: Look) -> str | None:
    """Words and runs of words that come again and again; words of no language."""
    found = text.split()
    many, total = len(found), len(text) - seen.spaces
    if many < config.judge_words:
        return None
    different = set(found)
    repeated = many - len(different)
    if repeated >= config.max_word_share * many - 1 and top_share(found) > config.max_word_share:
        return "repeated_word"
    if not config.word_length[0] <= total / many <= config.word_length[1]:
        return "word_length"
    if text.count("{") + text.count("}") > config.max_brace_share * total:
        return "code"
    if repeated and repeated_runs(found, total, total - sum(map(len, different)), config):
        return "repeated_phrase"
    if many >= config.judge_stop_words and language != "other":
        wanted = math.ceil(config.min_stop_share * many)
        particles = seen.particles if language == "ko" else 0
        if particles < wanted and particles + first(ENGLISH.finditer(text), wanted) < wanted:
            return "no_stop_words"
    return None


def first(items: Iterable[object], most: int) -> int:
    """How many items there are, counted no further than ``most``."""
    return sum(1 for _ in islice(items, most))


def repeated_runs(found: Sequence[str], total: int, again: int, config: QualityConfig) -> bool:
    """Gopher's two kinds of repetition: the most frequent short run, and all long runs that were there before.

    The words have ``total`` characters, those that were there before ``again`` of them. Every word of a run that was
    there before is such a word. Of a run that stands three times or more, all but the first are such runs, and each
    word of a text can stand in one at every place: so ``again`` bounds what either kind can come to.
    """
    for size, most in enumerate(config.max_top_shares, 2):
        if 1.5 * size * again <= most * total:
            continue
        if len(set(runs(found, size))) == len(found) - size + 1:  # none comes twice, so no longer run does
            return False
        top, times = Counter(runs(found, size)).most_common(1)[0]
        if times > 2 and times * sum(map(len, top)) > most * total:
            return True
    for size, most in enumerate(config.max_repeat_shares, 5):
        if again <= most * total:
            continue
        seen: set[tuple[str, ...]] = set()
        covered = bytearray(len(found))
        for place, run in enumerate(runs(found, size)):
            if run in seen:
                covered[place : place + size] = b"\1" * size
            seen.add(run)
        if not any(covered):  # no longer run comes twice either
            return False
        if sum(len(word) for word, repeated in zip(found, covered, strict=True) if repeated) > most * total:
            return True
    return False


def runs(found: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Every run of ``size`` words."""
    return zip(*(found[start:] for start in range(size)), strict=False)


def top_share(found: Sequence[str]) -> float:
    """The share of the most frequent item of a sequence that is not empty."""
    return Counter(found).most_common(1)[0][1] / len(found)
