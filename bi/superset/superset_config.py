"""Superset's settings for `make bi`: on this machine alone, and nothing from or to an outside address.

Superset reads the file that SUPERSET_CONFIG_PATH names. SUPERSET_HOME is the folder of its own database.
"""

import os
from pathlib import Path

HOME = Path(os.environ["SUPERSET_HOME"]).resolve()

SECRET_KEY = (HOME / "secret_key").read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"

# Superset's own policy lets its pages load a counting pixel, map tiles and fonts from elsewhere. With this
# one the browser refuses what is not from here.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}

# One process serves it, so that what is counted can be counted in its memory.
RATELIMIT_STORAGE_URI = "memory://"
