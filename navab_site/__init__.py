"""The Django site: settings from the environment, addresses, entry points."""
