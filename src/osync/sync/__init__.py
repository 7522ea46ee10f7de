"""Decide what to send and what to change; the engine alone carries it out."""
