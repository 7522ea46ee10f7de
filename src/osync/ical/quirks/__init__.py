"""One module for each foreign program that needs special care."""
