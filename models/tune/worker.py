"""A worker: takes a trial, trains it to the end of its turn or until its place is wanted, puts it away, takes the next.

Any number of workers, as processes on one machine or as tasks on several, share a study's folder and storage. Each
change of the study is made under its lock, in one write; a worker that is killed leaves its trial to the others.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path

import optuna

from models.tune import checkpoint, evidence, pools
from models.tune.capacity import capacity
from models.tune.cost import Meter
from models.tune.lease import Lease
from models.tune.moves import next_move
from models.tune.plan import Plan
from models.tune.revise import follow_config
from models.tune.session import Problem, Session, Source
from models.tune.storage import StudyError
from models.tune.study import Study, open_study
from models.tune.trial import Pool, Trial, noted, progress, put_away

log = logging.getLogger("naru")


class LostTrial(Exception):
    """The trial in hand now belongs to another worker, or a shrunk space left it behind."""


def work(
    source: Source, folder: Path, worker: str, plan: Plan, url: str = "", stopping: Callable[[], bool] = lambda: False
) -> None:
    """Work on a study until nothing is left to do or ``stopping`` says so; what a mapped task calls.

    ``worker`` is a name that no other living worker has. Raises BadInput for what no retry can mend.
    """
    problem = source.problem()
    study = open_study(folder, problem, url)
    follow_config(study, problem.space)
    Worker(study, problem, plan, worker, stopping).run()


class Worker:
    """One worker's hold on a study; ``run`` returns when the search is over."""

    def __init__(
        self, study: Study, problem: Problem, plan: Plan, name: str, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self.study, self.problem, self.plan, self.name, self.stopping = study, problem, plan, name, stopping
        self.meter = Meter()
        self._open: dict[str, tuple[Trial, Session]] = {}
        self._in_hand = -1
        self._allowed: float = math.inf
        self._pruning: optuna.Study | None = None

    def run(self) -> None:
        with Lease(self.study.folder, self.name, self._beat):
            while not self.stopping():
                trial, over = self.turn()
                if over:
                    return
                if trial is None:
                    time.sleep(self.plan.poll_s)
                    self.meter.idle()
                    continue
                self._in_hand = trial.trial_id
                self.train(trial)
                self._in_hand = -1

    def _beat(self) -> None:
        record = getattr(self.study.storage, "record_heartbeat", None)
        if self._in_hand >= 0 and record is not None:
            record(self._in_hand)

    # What to do next

    def turn(self) -> tuple[Trial | None, bool]:
        """(the trial to train now, whether the search is over)."""
        with self.study.lock():
            trials = pools.mend(self.study, self.name)
            every = self.plan.revise_every
            if every and evidence.due(trials, self.study.head, every, self.study.looked):
                self.study.look(1 + max(int(t.uid[1:]) for t in trials))
                evidence.by_evidence(self.study, trials, self.plan.seed)
                trials = self.study.trials()
            spent = self.study.spent()
            move = next_move(trials, self.plan, self.study.head, spent)
            live = sum(t.pool == "live" for t in trials)
            if move is None:
                return None, not live
            if live >= capacity(self.study.folder):
                return None, False
            self._allowed = self.plan.budget.left(spent) - sum(t.until - t.epoch for t in trials if t.pool == "live")
            if self._allowed <= 0:
                return None, False
            return pools.take(self.study, move, self.name), False

    # Training

    def train(self, trial: Trial) -> None:
        """One turn: from the last checkpoint to ``trial.until``, or until the place is wanted elsewhere."""
        try:
            try:
                trial, session = self.open(trial)
                trial, pool = self.epochs(trial, session)
            except (LostTrial, checkpoint.DiskFull, StudyError):
                raise
            except Exception as error:
                said = f"failed at epoch {trial.epoch + 1}: {type(error).__name__}: {error}"
                self.release(noted(trial, said), "failed")
                return
            self.put(trial, session, pool)
        except LostTrial as lost:
            log.warning("%s", lost)
            self._open.pop(trial.uid, None)
        except BaseException:
            self.abandon(trial)
            raise

    def open(self, trial: Trial) -> tuple[Trial, Session]:
        """The session of a trial at its last checkpoint; scores of epochs after it are forgotten and made again.

        One that is still open here, and that nobody else had since, need not be built and read again.
        """
        if trial.uid in self._open:
            before, session = self._open.pop(trial.uid)
            if (before.claim, session.epoch) == (trial.claim - 1, trial.epoch):
                return trial, session
        self.meter.begin()
        session = self.problem.open(trial.values, self.problem.seed)
        self.meter.end(0)
        said = checkpoint.restore(session, self.study.checkpoints, trial)
        for sentence in said:
            log.warning("%s: %s", trial.uid, sentence)
            trial = noted(trial, sentence)
        if session.epoch < trial.start:
            trial = dataclasses.replace(trial, start=session.epoch, scores=())
        return dataclasses.replace(trial, scores=trial.scores[: session.epoch - trial.start]), session

    def epochs(self, trial: Trial, session: Session) -> tuple[Trial, Pool]:
        """Train; (the trial as far as it came, the pool that it goes to)."""
        end = min(trial.until, trial.epoch + self._allowed)
        saved = told_at = time.monotonic()
        before = capacity(self.study.folder)
        while trial.epoch < end:
            self.meter.begin()
            told = session.advance()
            self.meter.end(1)
            score = float(told["score"])
            if not math.isfinite(score):
                raise ArithmeticError(f"the score is {score}")
            told = {k: float(v) for k, v in told.items()}
            trial = dataclasses.replace(trial, scores=(*trial.scores, score), told=told)
            if self.prune(trial):
                return trial, "dead"
            now, room = time.monotonic(), capacity(self.study.folder)
            if room != before or self.stopping() or now - told_at >= self.plan.report_s:
                told_at, before = now, room
                if now - saved >= self.plan.save_s and trial.epoch < trial.until:
                    trial, saved = checkpoint.save(session, self.study.checkpoints, trial), now
                trial, wanted = self.report(trial)
                if wanted and trial.epoch < trial.until:
                    return trial, "stopped"
        return trial, self.after(trial)

    def after(self, trial: Trial) -> Pool:
        """Where a trial goes that has come to the end of its turn."""
        if trial.epoch >= self.problem.epochs:
            return "done"
        if trial.epoch < trial.until:
            return "stopped"
        return "stopped" if self.plan.method == "population" else "dead"

    def prune(self, trial: Trial) -> bool:
        """What Optuna's pruner says; a revived trial is out of its hands."""
        pruner = PRUNERS.get(self.plan.method)
        if pruner is None or trial.revived or trial.epoch >= trial.until:
            return False
        with self.study.lock():
            self.fenced(trial)
            if self._pruning is None or self._pruning.study_name != self.study.head.name:
                name, storage = self.study.head.name, self.study.storage
                self._pruning = optuna.load_study(
                    study_name=name, storage=storage, pruner=pruner(self.plan, self.problem.epochs)
                )
            row = optuna.Trial(self._pruning, trial.trial_id)
            row.report(trial.last, trial.epoch)
            return row.should_prune()

    # What the study is told

    def fenced(self, trial: Trial) -> Trial:
        """The trial under its place in the newest revision; raises LostTrial where it is not this worker's any more."""
        known = self.study.trial(trial.uid)
        if known is None or (known.claim, known.worker) != (trial.claim, self.name):
            taken = "a narrower space left it behind" if known is None else f"{known.worker or 'nobody'} has it now"
            raise LostTrial(f"{trial.uid}: {taken}; what {self.name} trained of it since is dropped")
        return dataclasses.replace(trial, trial_id=known.trial_id, number=known.number)

    def report(self, trial: Trial) -> tuple[Trial, bool]:
        """Tell of some epochs; (the trial, whether its place is wanted elsewhere)."""
        with self.study.lock():
            trial = self.fenced(progress(trial, trial.scores, trial.told, self.meter.take()))
            self.study.write(trial)
            spent = self.study.spent()
            others = [t for t in self.study.trials() if t.pool == "live" and t.uid != trial.uid]
            ahead = sum((-t.epoch, -t.best, t.uid) < (-trial.epoch, -trial.best, trial.uid) for t in others)
            wanted = ahead >= capacity(self.study.folder) or self.plan.budget.over(spent)
            return trial, wanted or self.stopping()

    def put(self, trial: Trial, session: Session, pool: Pool) -> None:
        """End a turn: the checkpoint first, then one write."""
        trial = checkpoint.save(session, self.study.checkpoints, trial)
        self.release(trial, pool)
        if pool != "done":
            self._open[trial.uid] = (trial, session)
            while len(self._open) > self.plan.keep_open:
                del self._open[next(iter(self._open))]

    def release(self, trial: Trial, pool: Pool) -> None:
        with self.study.lock():
            trial = self.fenced(progress(trial, trial.scores, trial.told, self.meter.take()))
            self.study.write(put_away(trial, pool))
            checkpoint.tidy(self.study.checkpoints, trial)
            pools.make_room(self.study, self.plan.keep_mib)

    def abandon(self, trial: Trial) -> None:
        """Interrupted in the middle of an epoch: the trial waits at its last checkpoint."""
        with self.study.lock():
            known = self.study.trial(trial.uid)
            if known is not None and (known.claim, known.worker, known.pool) == (trial.claim, self.name, "live"):
                self.study.write(put_away(known, "stopped"))


def asha(plan: Plan, epochs: int) -> optuna.pruners.BasePruner:
    return optuna.pruners.SuccessiveHalvingPruner(min_resource=plan.first, reduction_factor=plan.factor)


def hyperband(plan: Plan, epochs: int) -> optuna.pruners.BasePruner:
    return optuna.pruners.HyperbandPruner(min_resource=plan.first, max_resource=epochs, reduction_factor=plan.factor)


PRUNERS: dict[str, Callable[[Plan, int], optuna.pruners.BasePruner]] = {"asha": asha, "hyperband": hyperband}
