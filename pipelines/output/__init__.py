"""Print results to the terminal and logs. No module here queries a database."""
