"""The host-side toolkit behind the command `microdot`: build, boot, flash, deploy and test firmware."""

__version__ = "0.1.0"
