"""What sends and receives mail, one module for each kind."""
