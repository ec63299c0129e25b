import random

import numpy as np

from jobs.clean.minhash import CHARS_BELOW, WORDS_FROM, Permutations, bands, shingles, signatures, similarity

RANDOM = random.Random(7)
WORDS = ["".join(chr(0xAC00 + RANDOM.randrange(11172)) for _ in range(3)) for _ in range(3000)]
LSH = Permutations()


def text(words: int) -> list[str]:
    return [RANDOM.choice(WORDS) for _ in range(words)]


def meet(one: str, other: str) -> bool:
    a, b = bands([one, other], LSH)
    return bool(set(a) & set(b))


def test_signatures_estimate_the_jaccard_similarity():
    wide = Permutations(bands=64, rows=8)
    original = text(300)
    changed = [*original[:280], *text(20)]
    one, other = " ".join(original), " ".join(changed)
    rows = signatures([shingles(one)[0], shingles(other)[0]], wide)
    assert abs(float(np.mean(rows[0] == rows[1])) - similarity(one, other)) < 0.07


def test_near_duplicates_meet_whatever_their_length():
    for length in (8, WORDS_FROM - 1, WORDS_FROM, CHARS_BELOW - 1, CHARS_BELOW, 130):
        original = text(length)
        one, other = " ".join(original), " ".join([*original, "끝"])
        assert similarity(one, other) > 0.8, length
        assert meet(one, other), length


def test_different_texts_do_not_meet():
    texts = [" ".join(text(RANDOM.choice((5, 20, 100)))) for _ in range(300)]
    keys = [set(found) for found in bands(texts, LSH)]
    assert not any(a & b for i, a in enumerate(keys) for b in keys[:i])


def test_punctuation_case_and_order_within_the_batch_do_not_matter():
    one, other = "The quick, brown fox JUMPS over", "the quick brown fox jumps over!"
    assert similarity(one, other) == 1.0
    assert bands([one, "x"], LSH)[0] == bands(["y z", other], LSH)[1]


def test_texts_with_few_or_no_words():
    assert bands(["", "!!!", "가"], LSH)[:2] == [[], []]
    assert similarity("", "") == 0.0
    assert similarity("가", "가") == 1.0
    assert similarity("가", "나") == 0.0
