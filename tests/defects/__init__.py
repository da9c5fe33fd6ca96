"""Six ways in which a value benchmark goes wrong unnoticed, and tests that each cannot happen here.

The paper *Benchmarking Multi-National Value Alignment for Large Language Models* describes a pipeline in
seven steps. A pipeline like it can look right and still be wrong. One file for each way:

1. ``test_screening``: topics are kept by a list of names typed by hand, and a reply is searched for "yes"
   and "no", so that "economic" counts as a no.
2. ``test_extraction``: every article gives exactly one statement, from its beginning only, in whatever
   language the model likes, and nobody looks it up in the article.
3. ``test_conflict_reduction``: every pair is asked about, cycles are enumerated without end, chance decides
   what is close, what is merely unlike counts as a conflict, and the next step does not read what was kept.
4. ``test_sources`` and ``test_private``: some sources cannot be read at all, and the code holds paths and
   keys of its author.
5. ``test_attribution``: who holds a statement is guessed from the sentence alone, and a shrug becomes
   "official".
6. ``test_triples``: letters are eaten off a statement, nobody checks that the reversal reverses, and whole
   articles are given away.
"""
