"""What the API reads (`In`) and answers (`Out`), one module for each subject."""

from __future__ import annotations
