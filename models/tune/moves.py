"""What a free worker does next: a function of the trials, the plan and the room that is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.tune import population, rungs
from models.tune.cost import Cost
from models.tune.plan import Plan
from models.tune.sampling import sample, seed_of
from models.tune.space import Space, Value, defaults, inside
from models.tune.study import Revision
from models.tune.trial import Trial


@dataclass(frozen=True)
class Resume:
    """Take a stopped or dead trial up again and train it to epoch ``until``."""

    trial: Trial
    until: int
    revived: bool = False


@dataclass(frozen=True)
class Begin:
    """A new trial; ``parent`` hands on its checkpoint, ``replaces`` goes to the dead pool for it."""

    values: Mapping[str, Value]
    until: int
    origin: str
    parent: Trial | None = None
    replaces: Trial | None = None
    member: int = -1


Move = Resume | Begin


def next_move(trials: Sequence[Trial], plan: Plan, head: Revision, spent: Cost) -> Move | None:
    """None where there is nothing to do now (a live trial may change that)."""
    if plan.budget.over(spent):
        return None
    # A worker that ends between the last word on its turn and the end of it leaves a trial that came to ``until``; only
    # members of a population wait there of themselves.
    waiting = [t for t in trials if t.pool == "stopped" and (t.epoch < t.until or t.member < 0)]
    if waiting:
        chosen = max(waiting, key=lambda t: (t.epoch, t.best, -int(t.uid[1:])))
        return Resume(chosen, chosen.until)
    move = METHODS[plan.method](trials, plan, head)
    if move is None and plan.revive > sum(t.revived for t in trials):
        return revive(trials, head)
    return move


def revive(trials: Sequence[Trial], head: Revision) -> Move | None:
    """The most promising dead trial, to its end."""
    dead = [t for t in trials if t.pool == "dead" and t.checkpoints and t.epoch < head.epochs]
    best = max((t.best for t in trials if t.pool == "done"), default=float("-inf"))
    promising = [t for t in dead if t.best >= best or not any(o.pool == "done" for o in trials)] or dead
    return Resume(max(promising, key=lambda t: (t.best, t.uid)), head.epochs, revived=True) if promising else None


def may_begin(trials: Sequence[Trial], plan: Plan, head: Revision) -> bool:
    return not plan.budget.trials or head.born + new(trials, head) < plan.budget.trials


def new(trials: Sequence[Trial], head: Revision) -> int:
    """Trials begun since the revision."""
    return sum(int(t.uid[1:]) >= head.born for t in trials)


def first_values(space: Space, warm: Sequence[Mapping[str, Value]]) -> list[tuple[dict[str, Value], str]]:
    """What is tried before anything is drawn: what serves now, then the defaults; each once, with its origin.

    Values that a narrower space has left behind were tried before it, and are not tried again.
    """
    known = {p.name for p in space}
    found: list[tuple[dict[str, Value], str]] = []
    for given, origin in [*((w, "incumbent") for w in warm), (defaults(space), "default")]:
        values = {**defaults(space), **{n: v for n, v in given.items() if n in known}}
        if inside(space, values) and all(values != other for other, _ in found):
            found.append((values, origin))
    return found


def propose(trials: Sequence[Trial], plan: Plan, head: Revision, sampler: str) -> tuple[dict[str, Value], str]:
    """Values for a new trial and where they come from."""
    tried = [dict(t.values) for t in trials]
    for values, origin in first_values(head.space, plan.warm):
        if all(any(old[n] != v for n, v in values.items()) for old in tried):
            return {**head.held, **values}, origin
    place = head.born + new(trials, head)
    return {**head.held, **sample(sampler, trials, head.space, plan.seed, place)}, "sampled"


def full(trials: Sequence[Trial], plan: Plan, head: Revision) -> Move | None:
    """Every trial to the end (or until a pruner stops it)."""
    if not may_begin(trials, plan, head):
        return None
    values, origin = propose(trials, plan, head, plan.sampler)
    return Begin(values, head.epochs, origin)


def stop_and_go(trials: Sequence[Trial], plan: Plan, head: Revision) -> Move | None:
    steps = rungs.rungs(plan.first, plan.factor, head.epochs)
    promoted = rungs.promotable(trials, steps, plan.factor)
    if promoted is not None:
        return Resume(*promoted)
    if not may_begin(trials, plan, head):
        return None
    values, origin = propose(trials, plan, head, plan.sampler)
    return Begin(values, steps[0], origin)


def evolve(trials: Sequence[Trial], plan: Plan, head: Revision) -> Move | None:
    """Population-based training: fill the population, then advance whoever is furthest behind."""
    members = population.members(trials)
    if len(members) < plan.members:
        values, origin = propose(trials, plan, head, "random")
        return Begin(values, min(plan.interval, head.epochs), origin, member=len(members))
    turn = population.behind(members, head.epochs)
    if turn is None:
        return None
    until = min(turn.epoch + plan.interval, head.epochs)
    seed = seed_of(plan.seed, int(turn.uid[1:]), f"epoch {turn.epoch}")
    parent = population.exploit(turn, members, seed)
    if parent is None:
        return Resume(turn, until)
    values = population.explore(parent.values, head.space, seed)
    until = min(parent.epoch + plan.interval, head.epochs)
    return Begin(values, until, "explored", parent=parent, replaces=turn, member=turn.member)


METHODS: Mapping[str, Callable[[Sequence[Trial], Plan, Revision], Move | None]] = {
    "stop-and-go": stop_and_go,
    "asha": full,
    "hyperband": full,
    "full": full,
    "population": evolve,
}
