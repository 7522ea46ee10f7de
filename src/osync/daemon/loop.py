"""The loop of `osync run`: waits for news, syncs what changed, tells how it went. What to do when is decided by `schedule`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from osync.daemon import schedule as plan
from osync.daemon import telling
from osync.daemon.health import Health
from osync.daemon.news import Changed, Faulty, HomeTouched, News, Reread, Stop, Unreachable
from osync.daemon.schedule import Moment, Outcome
from osync.daemon.site import Place, Site, Synced
from osync.daemon.telling import Told
from osync.daemon.waiting import gravity_of
from osync.engine.scope import Scope
from osync.errors import AnotherRunError, ConfigurationError, LedgerDamagedError, LedgerTooNewError, OSyncError
from osync.logs import Level, Log, LogLine

_WHOLE = "installation"
_SETTINGS = "settings"
_KEPT_FRESH = 300
"""How many seconds the file that tells of a healthy daemon may be old."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a daemon lives: both clocks, chance from 0 to 1, news after at most so many seconds, and who is told what.

    `keep` takes the health when it changes, `explain` makes a sentence of a fault of ours.
    """

    now: Callable[[], Moment]
    chance: Callable[[], float]
    take: Callable[[float], Sequence[News]]
    log: Log
    keep: Callable[[Health], None]
    explain: Callable[[Exception], str]


class Daemon:
    """Keeps one installation in sync until it is told to stop."""

    def __init__(self, site: Site, surroundings: Surroundings, process: int) -> None:
        self._site = site
        self._around = surroundings
        now = surroundings.now()
        self._schedule = plan.begin(now, site.reread())
        self._told = Told()
        self._health = Health(process, int(now.wall))
        self._kept: Health | None = None
        self._places: tuple[Place, ...] | None = None
        self._stopping = False

    def run(self) -> None:
        """Sync and wait until a Stop comes. LedgerDamagedError and LedgerTooNewError: then there is no use in going on."""
        self._say(LogLine(Level.INFO, "started", "OSync runs by itself now."))
        try:
            self._keep()
            self._site.watch(())
            while not self._stopping:
                self.go_on()
        finally:
            self._site.close()
            self._kept = None
            self._keep()
            self._say(LogLine(Level.INFO, "stopped", "OSync has stopped."))

    def go_on(self) -> None:
        """Take one step: hear what is new, then sync or wait."""
        self._hear(self._around.take(0.0))
        step = plan.next_step(self._schedule, self._around.now())
        if self._stopping:
            return
        if step.scope is not None:
            self._sync(step.scope)
            return
        before = self._around.now()
        self._schedule = replace(self._schedule, last=before)
        news = self._around.take(step.wait)
        self._notice_jump(step.wait)
        self._site.look_after()
        self._hear(news)

    def _notice_jump(self, waited_for: float) -> None:
        now = self._around.now()
        if plan.jumped(self._schedule, now, waited_for):
            sentence = "The computer slept, or its clock was set: everything is synced."
            self._say(LogLine(Level.INFO, "clock-jumped", sentence))
            self._schedule = plan.forgive(self._schedule, now)
            self._places = None
        self._schedule = replace(self._schedule, last=now)

    def _hear(self, all_news: Sequence[News]) -> None:
        for news in all_news:
            match news:
                case Changed(part, works_again):
                    self._schedule = plan.told(self._schedule, part, works_again=works_again)
                    if works_again:
                        self._well(_waiting_for(part))
                case Unreachable(part, sentence):
                    self._trouble(_waiting_for(part), sentence)
                case Faulty(part, error):
                    self._trouble(_waiting_for(part), self._around.explain(error))
                case HomeTouched():
                    touched = self._site.touched()
                    if touched.ledger:
                        self._schedule = replace(self._schedule, is_stirred=True)
                    if touched.settings:
                        self._reread()
                case Reread():
                    self._reread()
                case Stop():
                    self._stopping = True

    def _reread(self) -> None:
        try:
            poll = self._site.reread()
        except ConfigurationError as error:
            self._trouble(_SETTINGS, f"{error} OSync goes on with the settings of before.")
            return
        self._well(_SETTINGS)
        self._say(LogLine(Level.INFO, "settings-read", "The settings were read again."))
        self._schedule = replace(plan.forgive(self._schedule, self._around.now()), poll=poll)
        self._places = None

    def _sync(self, scope: Scope) -> None:
        began = self._around.now()
        try:
            synced = self._site.sync(scope)
        except AnotherRunError:
            self._schedule = plan.kept_out(self._schedule, began)
        except (LedgerDamagedError, LedgerTooNewError):
            raise
        except OSyncError as error:
            self._fail(str(error), plan.failed(self._schedule, gravity_of(error), began, self._around.chance()))
        except Exception as error:  # noqa: BLE001 # a fault of ours is told, and tried again later
            sentence = self._around.explain(error)
            self._fail(sentence, plan.failed(self._schedule, plan.Gravity.USER, began, self._around.chance()))
        else:
            self._note(scope, synced, began)

    def _fail(self, sentence: str, schedule: plan.Schedule) -> None:
        self._schedule = schedule
        self._trouble(_WHOLE, sentence, schedule.wait_until)
        self._keep()

    def _note(self, scope: Scope, synced: Synced, began: Moment) -> None:
        self._well(_WHOLE)
        failed = {part: gravity_of(error) for part, error in synced.report.troubles.items() if _is_part(part)}
        outcome = Outcome({place.part: place.way for place in synced.places}, failed, synced.duty_at)
        tried = set(self._schedule.parts) | set(outcome.ways)
        self._schedule = plan.synced(self._schedule, scope, outcome, began, self._around.chance())
        for part, error in synced.report.troubles.items():
            standing = self._schedule.parts.get(part)
            self._trouble(part, str(error), standing.wait_until if standing else 0.0)
        for part in sorted(tried - failed.keys()):
            if plan.covers(scope, part):
                self._well(part)
        self._tell(telling.of_report(self._told, synced.report, int(self._around.now().wall)))
        if synced.places != self._places:
            self._places = synced.places
            self._site.watch(synced.places)
        wall = int(self._around.now().wall)
        everything = wall if scope.calendars is None else self._health.all_synced_at
        self._health = replace(self._health, synced_at=wall, all_synced_at=everything)
        if synced.report.changes or synced.report.mails:
            self._kept = None
        self._keep()

    def _trouble(self, part: str, sentence: str, again_at: float = 0.0) -> None:
        now = self._around.now()
        again = int(now.wall + again_at - now.steady) if again_at else 0
        self._tell(telling.trouble(self._told, part, sentence, int(now.wall), again))
        self._keep()

    def _well(self, part: str) -> None:
        self._tell(telling.well(self._told, part))

    def _tell(self, news: telling.News) -> None:
        self._told = news.told
        for line in news.lines:
            self._say(line)

    def _say(self, line: LogLine) -> None:
        self._around.log(line)

    def _keep(self) -> None:
        """Let others see how it is; while nothing happens, not more often than every few minutes."""
        health = replace(self._health, troubles=tuple(self._told.troubles.values()))
        kept = self._kept
        if kept and kept.troubles == health.troubles and health.synced_at - kept.synced_at < _KEPT_FRESH:
            return
        self._kept = health
        self._around.keep(health)


def _is_part(part: str) -> bool:
    return part == plan.MAILBOX or part.startswith(plan.CALENDAR)


def _waiting_for(part: str) -> str:
    return f"waiting for {part}"
