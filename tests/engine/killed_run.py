"""A run of `osync sync` in a process of its own that is ended, without any farewell, at step number N of HOME."""

import os
import sys
from dataclasses import replace
from pathlib import Path

from engine.world import Fuse, FusedCalendar, FusedMailbox

from osync.assembly import installation
from osync.engine.sync import sync
from osync.home import Home
from osync.ledger.ledger import Ledger


class DeadlyFuse(Fuse):
    """Ends the process itself."""

    def step(self, name: str = "") -> None:
        self.steps += 1
        if self.steps == self.at:
            os._exit(9)


def run(home: Home, at: int) -> None:
    """Sync once and print how many steps there were."""
    fuse = DeadlyFuse(at)
    with installation(home, lambda work, done, total: None) as opened:
        ledger = Ledger.open(home.ledger, fuse.step)
        fused = replace(
            opened,
            ledger=ledger,
            mailbox=FusedMailbox(opened.mailbox, fuse),
            calendar=lambda name: FusedCalendar(opened.calendar(name), fuse),
        )
        sync(fused)
        ledger.close()
    sys.stdout.write(f"{fuse.steps}\n")


if __name__ == "__main__":
    run(Home(Path(sys.argv[1])), int(sys.argv[2]))
