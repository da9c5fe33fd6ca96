"""Code that goes into a release and runs in other people's tools; nothing here imports it."""
