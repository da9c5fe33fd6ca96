"""The gateway: the only way by which annotators reach Label Studio, and no further than the labelling screen.

Label Studio Community lets every member do everything. So nothing of what a browser sends goes there as it
is: ``rules`` is the closed list of what may be asked, ``entry`` says who may ask, ``sessions`` keeps each
person's login on our side, ``bodies`` and ``replies`` leave of what is sent and answered only what the screen
needs. ``passage`` puts these together.
"""
