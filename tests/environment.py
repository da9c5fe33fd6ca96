"""Plugin that completes the environment before the settings are read."""

import os

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests")
