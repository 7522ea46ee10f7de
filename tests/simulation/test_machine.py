"""Hypothesis invents schedules of its own over the same world; it repeats them, so that a failure stays one."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from simulation.families import FAMILIES
from simulation.post_office import Fate
from simulation.rest import come_to_rest
from simulation.sources import UIDS, VARIANTS
from simulation.steps import Step, perform
from simulation.world import BrokenError, World

_PEOPLE = st.sampled_from(("pat", "tester"))
_EVENTS = st.integers(0, UIDS - 1).map(str)
_NUMBERS = st.integers(0, 40).map(str)
_FATES = st.text(st.sampled_from([fate.value for fate in Fate]), min_size=1, max_size=4)


class Machine(RuleBasedStateMachine):
    """pat shares with tester, and both of them, the network and the power do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.broken = False

    @initialize()
    def everybody_has_joined(self) -> None:
        self.world = next(family for family in FAMILIES if family.name == "pair").people().clone("machine")

    def do(self, verb: str, who: str = "", *words: str) -> None:
        try:
            perform(self.world, Step(verb, who, words))
        except BrokenError:
            self.broken = True
            raise

    @rule(number=_EVENTS, variant=st.integers(0, VARIANTS - 1).map(str))
    def put(self, number: str, variant: str) -> None:
        self.do("put", "pat", number, variant)

    @rule(verb=st.sampled_from(("delete", "withdraw", "move", "noise")), number=_EVENTS)
    def change(self, verb: str, number: str) -> None:
        self.do(verb, "pat", number)

    @rule(who=_PEOPLE)
    def sync(self, who: str) -> None:
        self.do("sync", who)

    @rule(who=_PEOPLE, fates=_FATES)
    def carry(self, who: str, fates: str) -> None:
        self.do("carry", who, fates)
        self.do("sync", who)

    @rule(who=_PEOPLE, step=_NUMBERS)
    def crash(self, who: str, step: str) -> None:
        self.do("crash", who, step)

    @rule(verb=st.sampled_from(("forge", "replay")), who=_PEOPLE, number=_NUMBERS)
    def attack(self, verb: str, who: str, number: str) -> None:
        self.do(verb, who, number)

    @rule(verb=st.sampled_from(("drop", "mark", "edit")), number=_NUMBERS)
    def touch(self, verb: str, number: str) -> None:
        self.do(verb, "tester", number)

    @rule(hours=st.sampled_from(("1", "7", "30", "2400")))
    def wait(self, hours: str) -> None:
        self.do("wait", hours)

    @rule(verb=st.sampled_from(("backup", "restore")), number=_NUMBERS)
    def go_back(self, verb: str, number: str) -> None:
        self.do(verb, "pat", number, "whole")

    @rule(who=_PEOPLE)
    def free(self, who: str) -> None:
        self.do("free", who)

    def teardown(self) -> None:
        try:
            if self.world.persons and not self.broken:
                come_to_rest(self.world, 1)
        finally:
            self.world.close()


Machine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestMachine = Machine.TestCase
