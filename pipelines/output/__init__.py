"""Facts to the terminal and to files; no database is asked."""
