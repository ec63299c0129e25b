"""The world's words and senses."""

from collections import Counter

import pytest

from config.settings import SettingsError
from portal.entities import INTERESTS, KINDS, PROPERTIES, entities, invented, shared_words, topics, written
from portal.relations import BY_KIND
from portal.world import SIZES, World, dice, rng

WORLD = World("tiny", 7)


def test_parts_of_the_world_are_independent_and_repeatable() -> None:
    assert rng(WORLD, "a", 1).integers(10**9) == rng(World("tiny", 7), "a", 1).integers(10**9)
    assert rng(WORLD, "a", 1).integers(10**9) != rng(WORLD, "a", 2).integers(10**9)
    assert dice(WORLD, "a").random() != dice(World("tiny", 8), "a").random()
    # pinned: another machine, another day, the same world
    assert dice(WORLD, "pinned").randrange(10**6) == 101532


def test_an_unknown_size_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"huge.*tiny, default, dense, large"):
        _ = World("huge", 1).scale


def test_written_words_hold_many_ambiguous_and_many_plain() -> None:
    senses = Counter(e.query_word for e in written())
    assert sum(n > 1 for n in senses.values()) >= 24
    assert sum(n == 1 for n in senses.values()) >= 38
    kinds = {e.kind for e in written() if e.query_word == "디오"}
    assert kinds == {"singer", "company"}


def test_senses_are_well_formed() -> None:
    found = entities(WORLD)
    assert len({e.sense_id for e in found}) == len(found)
    assert all(e.interest in INTERESTS and set(e.properties) <= set(PROPERTIES) and e.properties for e in found)


@pytest.mark.parametrize("size", ["tiny", "default"])
def test_as_many_invented_as_the_size_asks(size: str) -> None:
    world = World(size, 7)
    found = invented(world)
    assert len(found) == SIZES[size].entities
    assert topics(world)[: len(found)] == found and len(topics(world)) == SIZES[size].topics
    assert len({(e.name, e.kind) for e in found}) == len(found)
    assert len(shared_words(world)) > len(found) / 20


def test_something_can_be_told_of_every_kind() -> None:
    assert set(BY_KIND) == set(KINDS)
    assert min(len(relations) for relations in BY_KIND.values()) >= 3
