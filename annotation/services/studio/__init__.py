"""Label Studio kept equal to our rows: projects, tasks, accounts; votes pulled, reviews pushed."""
