"""Running by itself: waits until something changes, and syncs that. `schedule` decides, `loop` acts, `places` watch."""
