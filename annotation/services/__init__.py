"""What pages and commands do, one service a file; `pyproject.toml` says which folder may use which."""
