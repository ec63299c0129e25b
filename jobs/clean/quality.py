"""Quality rules in the manner of Gopher (arXiv 2112.11446) and C4, for Korean and for texts as short as a review.

A rule looks at what makes text bad whatever its length; the repetition rules wait until there is enough text to judge.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

LETTERS = re.compile(r"[^\W\d_]")
CHAT_JAMO = re.compile(r"[\u3131-\u318e]")
SPACE = re.compile(r"\s")
PLACEHOLDER = re.compile(
    r"lorem ipsum|javascript (?:must be|is) (?:enabled|disabled)|자바스크립트를 (?:켜|활성화)", re.I
)
CODE = re.compile(r"[{};]\s*$", re.M)


@dataclass(frozen=True)
class QualityConfig:
    """The quality rules' part of section ``[clean_corpus]``.

    ``min_letters`` counts letters of any script, chat jamo (ㅋㅋ) left out. Shares are between 0 and 1:
    ``min_letter_share`` letters and digits among the visible characters; ``max_line_share`` lines that repeat an
    earlier one, judged from ``judge_lines`` lines; ``max_word_share`` the most frequent word, and ``max_trigram_share``
    word trigrams that repeat an earlier one, judged from ``judge_words`` words; ``max_char_share`` the most frequent
    letter, judged from ``judge_chars`` of them; ``max_code_share`` lines that end like program code.
    """

    min_letters: int = 4
    max_chars: int = 500_000
    min_letter_share: float = 0.4
    max_char_share: float = 0.5
    judge_chars: int = 10
    max_line_share: float = 0.5
    max_code_share: float = 0.4
    judge_lines: int = 5
    max_word_share: float = 0.4
    max_trigram_share: float = 0.5
    judge_words: int = 20


def fault(text: str, config: QualityConfig) -> str | None:
    """The first rule that the text breaks, or None."""
    if len(text) > config.max_chars:
        return "too_long"
    visible = SPACE.sub("", text)
    spelt = LETTERS.findall(CHAT_JAMO.sub("", visible))
    letters = len(spelt)
    if letters < config.min_letters:
        return "too_short"
    if (letters + sum(map(str.isdigit, visible))) < config.min_letter_share * len(visible):
        return "symbols"
    if letters >= config.judge_chars and top_share(Counter(spelt), letters) > config.max_char_share:
        return "repeated_character"
    if PLACEHOLDER.search(text) and letters < 200:
        return "placeholder"
    return repetition(text, config)


def repetition(text: str, config: QualityConfig) -> str | None:
    """Lines, words and word trigrams that come again and again."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) >= config.judge_lines:
        if len(set(lines)) < (1 - config.max_line_share) * len(lines):
            return "repeated_lines"
        if len(CODE.findall(text)) > config.max_code_share * len(lines):
            return "code"
    words = text.split()
    if len(words) >= config.judge_words:
        if top_share(Counter(words), len(words)) > config.max_word_share:
            return "repeated_word"
        trigrams = list(zip(words, words[1:], words[2:], strict=False))
        if len(set(trigrams)) < (1 - config.max_trigram_share) * len(trigrams):
            return "repeated_phrase"
    return None


def top_share(counts: Counter[str], total: int) -> float:
    """The share of the most frequent item."""
    return counts.most_common(1)[0][1] / total if total else 0.0
