"""Topics of one nation and language: embed, reduce, cluster, name."""
