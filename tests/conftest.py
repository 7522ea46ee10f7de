"""What every test folder gets: Hypothesis without a deadline, since test processes share a machine, and repeatable in CI."""

import os

from hypothesis import settings

# Real servers run on POSIX only.
SERVERS = ["beds.mail_fixtures", "beds.dav_fixtures"]
pytest_plugins = ["credentials.store_fixtures", *(SERVERS if os.name == "posix" else [])]

settings.register_profile("osync", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("osync")
