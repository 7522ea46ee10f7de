"""Places where events live, one module for each kind."""
