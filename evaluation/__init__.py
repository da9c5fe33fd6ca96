"""How good models are: releases, and models scored on them."""
