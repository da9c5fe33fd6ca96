"""How good models are: releases, and models scored on them."""

VERSION = "0.3.0"  # of the project: releases name it, for another version may write other bytes
