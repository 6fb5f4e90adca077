"""The benchmark behind `make bench`: our framework and the reference from PyPI, side by side; see rows.py."""
