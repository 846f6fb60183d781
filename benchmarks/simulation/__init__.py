"""Syncs of many companies on paper: discrete events, with service times that were measured.

`clock` knows time, processes and rooms; `keys` counts requests; `world` is what is simulated; `sync` does it.
"""
