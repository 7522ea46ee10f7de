"""What the fuzzer once found stays mended, and every target reads its seeds and some changes of them without the fuzzer."""

import random
from pathlib import Path

import pytest
from fuzz.target import KEPT, Target, judge, kept_inputs
from fuzz.targets import TARGETS

_MOST_SEEDS = 30
_CHANGES = 60
_INPUTS = [
    pytest.param(TARGETS[folder.name], path, id=f"{folder.name}-{path.name}")
    for folder in sorted(KEPT.iterdir())
    for path in kept_inputs(TARGETS[folder.name])
]


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_target_reads_its_seeds_and_changes_of_them(target: Target) -> None:
    chance = random.Random(target.name)
    seeds = [seed for seed, _ in zip(target.seeds(), range(_MOST_SEEDS), strict=False)]
    inputs = [*seeds, b"", *(_changed(target, chance.choice(seeds), chance) for _ in range(_CHANGES))]
    assert [(finding, data) for data in inputs if (finding := judge(target, data))] == []


@pytest.mark.parametrize(("target", "path"), _INPUTS)
def test_what_was_found_stays_mended(target: Target, path: Path) -> None:
    assert judge(target, path.read_bytes()) is None


def _changed(target: Target, data: bytes, chance: random.Random) -> bytes:
    if target.mutate and chance.random() < 0.7:
        return target.mutate(data, chance)
    place = chance.randrange(len(data) + 1)
    piece = chance.choice((*target.words, b"", bytes([chance.randrange(256)])))
    return data[:place] + piece + data[place + chance.randrange(4) :]
