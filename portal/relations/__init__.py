"""What can be told of an entity: kinds, the sort of value, sentences that tell, questions that ask."""

from portal.relations.people import OF_PEOPLE
from portal.relations.places import OF_PLACES
from portal.relations.relation import Relation
from portal.relations.things import OF_THINGS
from portal.relations.today import OF_TODAY
from portal.relations.works import OF_WORKS

__all__ = ["BY_KIND", "RELATIONS", "Relation"]

RELATIONS = (*OF_PEOPLE, *OF_PLACES, *OF_WORKS, *OF_THINGS, *OF_TODAY)
BY_KIND = {
    kind: tuple(r for r in RELATIONS if kind in r.kinds)
    for kind in sorted({kind for r in RELATIONS for kind in r.kinds})
}
