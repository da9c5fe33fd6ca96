"""Formats of a release, one file each: functions from gold items to file contents."""
