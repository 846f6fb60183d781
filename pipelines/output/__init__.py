"""Facts as text and JSON: the terminal, the log, and the notice that a webhook gets.

It is given what it prints, as values of `queries`, `sync` and `transform`. It imports no database
(`destinations`), and neither `report` nor `export`.
"""
