"""The state database: what was sent, what was applied, what to undo."""
