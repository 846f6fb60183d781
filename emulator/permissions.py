"""What a key may do: the table of permissions that AccBooks documents."""

PERMISSIONS: dict[str, frozenset[str]] = {
    "transactions": frozenset({"list", "get", "create", "update"}),
    "invoices": frozenset({"list", "get", "create", "update", "delete"}),
    "contacts": frozenset({"list", "get", "create", "update"}),
    "reports": frozenset({"get"}),
    "journals": frozenset({"list", "get", "create"}),
    "bank_accounts": frozenset({"list", "get"}),
    "company": frozenset({"get"}),
}
WRITES = frozenset({"create", "update", "delete"})
READ_ONLY = frozenset(f"{resource}:read" for resource in PERMISSIONS)
READ_WRITE = READ_ONLY | {
    f"{resource}:write" for resource, actions in PERMISSIONS.items() if actions & WRITES
}


def needed(method: str, resource: str) -> str | None:
    """Return the permission a request needs, such as "invoices:write"; None if none could allow it."""
    action = "read" if method in ("GET", "HEAD") else "write"
    permission = f"{resource}:{action}"
    return permission if permission in READ_WRITE else None
