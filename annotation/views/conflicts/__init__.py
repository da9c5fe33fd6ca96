"""Pages of the conflict workbench."""
