"""iCalendar text (RFC 5545): read, compare, restrict and write events. Pure: no files, no clock."""
