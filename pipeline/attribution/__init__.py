"""Attribution: who holds a statement, decided with its article in view."""
