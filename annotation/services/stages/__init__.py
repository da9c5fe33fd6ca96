"""One module a stage: which rows it takes, and what becomes of its results in the database."""
