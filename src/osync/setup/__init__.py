"""From a mail address to settings that work: find the servers, check them, ask what is missing."""
