"""The management pack of a company: statements, ratios, debts, VAT, and the documents behind every figure."""
