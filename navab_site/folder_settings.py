"""Settings of commands that were given folders of releases only: no installation, so no key and no database.

Nothing can be served or signed with them.
"""

from __future__ import annotations

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "annotation", "evaluation"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
