"""How statements are derived from text: plain Python, no Django, no settings, no globals."""
