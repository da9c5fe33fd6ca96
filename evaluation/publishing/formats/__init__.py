"""Formats of a release, one file each: from the content of a release to files."""
