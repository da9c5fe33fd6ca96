"""Decisions and what follows from them: recorded, routed, calibrated, guaranteed; statuses moved."""
