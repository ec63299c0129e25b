import random
import re

import numpy as np
import pytest

from jobs.clean.minhash import (
    CHARS_BELOW,
    WORDS_FROM,
    Permutations,
    Words,
    bands,
    shingles,
    signatures,
    similarity,
)

RANDOM = random.Random(7)
WORDS = ["".join(chr(0xAC00 + RANDOM.randrange(11172)) for _ in range(3)) for _ in range(3000)]
LSH = Permutations()


def text(words: int) -> list[str]:
    return [RANDOM.choice(WORDS) for _ in range(words)]


def meet(one: str, other: str) -> bool:
    a, b = bands([one, other], LSH).to_pylist()
    return bool(set(a) & set(b))


def test_signatures_estimate_the_jaccard_similarity():
    wide = Permutations(bands=64, rows=8)
    original = text(300)
    changed = [*original[:280], *text(20)]
    one, other = " ".join(original), " ".join(changed)
    rows = signatures(*Words.of([one, other]).by_word(np.array([True, True])), wide)
    assert abs(float(np.mean(rows[:, 0] == rows[:, 1])) - similarity(one, other)) < 0.07


def test_near_duplicates_meet_whatever_their_length():
    for length in (8, WORDS_FROM - 1, WORDS_FROM, CHARS_BELOW - 1, CHARS_BELOW, 130):
        original = text(length)
        one, other = " ".join(original), " ".join([*original, "끝"])
        assert similarity(one, other) > 0.8, length
        assert meet(one, other), length


def test_different_texts_do_not_meet():
    texts = [" ".join(text(RANDOM.choice((5, 20, 100)))) for _ in range(300)]
    keys = [set(found) for found in bands(texts, LSH).to_pylist()]
    assert not any(a & b for i, a in enumerate(keys) for b in keys[:i])


def test_punctuation_case_and_order_within_the_batch_do_not_matter():
    one, other = "The quick, brown fox JUMPS over", "the quick brown fox jumps over!"
    assert similarity(one, other) == 1.0
    assert bands([one, "x"], LSH)[0] == bands(["y z", other], LSH)[1]


def test_texts_with_few_or_no_words():
    assert bands(["", "!!!", "가"], LSH).to_pylist()[:2] == [[], []]
    assert similarity("", "") == 0.0
    assert similarity("가", "가") == 1.0
    assert similarity("가", "나") == 0.0


@pytest.mark.parametrize("lengths", [(7, 30, 1, 5), (0, 5, 6), (40, 0, 200, 16)])
def test_shingles_are_runs_of_five_words_or_characters(lengths):
    texts = [" ".join(text(length)) + " _Ab-1! İ" for length in lengths]
    words = [re.findall(r"[^\W_]+", each.lower()) for each in texts]
    for own, (by_word, by_char) in zip(words, shingles(texts), strict=True):
        letters = "".join(own)
        assert (by_word is not None) == (len(own) >= WORDS_FROM)
        assert (by_char is not None) == (len(own) < CHARS_BELOW)
        for found, units in ((by_word, own), (by_char, letters)):
            if found is not None:
                assert len(found) == len({tuple(units[at : at + 5]) for at in range(max(1, len(units) - 4))})


def test_similarity_is_that_of_the_sets_of_runs():
    original = text(60)
    other = [*original[:30], *text(1), *original[31:]]
    sets = [{tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (original, other)]
    expected = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    assert similarity(" ".join(original), " ".join(other)) == pytest.approx(expected)


def test_a_text_has_the_same_keys_in_any_company():
    texts = [" ".join(text(RANDOM.choice((0, 1, 2, 20, 100, 400)))) for _ in range(400)]
    alone = [bands([each], LSH)[0].as_py() for each in texts]
    assert bands(texts, LSH).to_pylist() == alone
