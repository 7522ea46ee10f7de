"""Post mails of OSync to real Mailman 3 lists, and demand that what comes out is what `list_fates` says.

    python -m tools.mailman_check MAILMAN_PYTHON [--keep]

`tools/mailman_lists.py` does the posting, with the Python of an environment that has Mailman. --keep writes what came out into
tests/data/mailman.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mail_path.carried import ARRIVES, fate, mail
from mail_path.list_fates import CAPTURED, HELD, LISTS, expected

from osync.model import Carrier

_POSTING = Path(__file__).with_name("mailman_lists.py")


def main(arguments: list[str]) -> int:
    """Print a line for each list and carrier; 1 if one is not as expected."""
    python, keep = arguments[0], "--keep" in arguments
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        posted, arrived = Path(folder, "posted"), Path(folder, "arrived")
        posted.mkdir()
        for carrier in Carrier:
            (posted / f"{carrier}.eml").write_bytes(mail(carrier))
        done = subprocess.run(
            [python, str(_POSTING), str(posted), str(arrived)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"Mailman failed:\n{done.stdout}{done.stderr}")
            return 1
        wrong = [_judge(arrived, name, carrier) for name in LISTS for carrier in Carrier].count(False)
        if keep and not wrong:
            shutil.rmtree(CAPTURED, ignore_errors=True)
            shutil.copytree(arrived, CAPTURED)
            shutil.copytree(posted, CAPTURED / "posted")
    total = len(LISTS) * len(Carrier)
    print(f"Mailman: {total - wrong} passed, {wrong} failed. It took {time.monotonic() - began:.0f} s.")
    return 1 if wrong else 0


def _judge(arrived: Path, name: str, carrier: Carrier) -> bool:
    came = arrived / name / f"{carrier}.eml"
    found = fate(came.read_bytes()) if came.exists() else HELD
    wanted = expected(name, carrier)
    right = found == ARRIVES if wanted == ARRIVES else wanted in found
    print(f"{name:<22}{carrier:<8}{found or 'arrives'}{'' if right else '   <-- NOT AS EXPECTED'}")
    return right


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
