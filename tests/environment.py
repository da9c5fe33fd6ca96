"""Plugin that completes the environment before the settings are read."""

import os

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests")
# The libraries that load models and releases ask their hubs for nothing and report to nobody.
os.environ |= {
    "DO_NOT_TRACK": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
