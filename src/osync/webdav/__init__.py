"""WebDAV and CalDAV: requests, XML and the search for calendars. Knows nothing of events, shares or the ledger."""
