"""The wire format: bytes in, values out. Pure: no files, no clock, no stored keys."""
