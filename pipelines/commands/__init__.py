"""One module for each command: it opens what is needed, calls a capability, and prints the result.

A command may import every room but `orchestration`. It parses no arguments, which `cli` does, and asks the
warehouse nothing itself, which `queries` does.
"""
