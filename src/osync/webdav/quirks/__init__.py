"""Oddities of calendar servers, one module each: who does it, what the RFC says, what we do."""
