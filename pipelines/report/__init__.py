"""The HTML report: facts as statements, charts and pages, written to files.

It is given what it prints, as values of `queries`. It imports no database (`destinations`), and neither
`output` nor `export`; `commands.report` asks the questions.
"""
