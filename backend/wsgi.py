"""What the web server calls."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

from backend.chunked import taking_chunks


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

application = taking_chunks(get_wsgi_application())

# What is loaded by now stays for the life of the process: the collector need not walk
# through it again and again. And a request makes objects by the thousand, nearly all
# of which go by their reference count.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
