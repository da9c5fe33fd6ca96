"""The annotation server beside us: its process, its client, its labelling screens, its tasks."""
