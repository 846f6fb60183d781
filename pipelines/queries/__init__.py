"""Questions to the warehouse, answered as typed facts; each is asked in one place."""
