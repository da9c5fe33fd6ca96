"""Formats of a release, one file each: functions from its content to files, piece by piece."""
