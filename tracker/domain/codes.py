"""One-time invitation codes: easy to read out over the telephone, hard to guess."""

from __future__ import annotations

import hashlib
from typing import Final


#: Crockford's base 32: no I, L, O or U, so nothing is misread.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: 16 symbols of 5 bits.
CODE_BYTES: Final = 10
GROUP_LENGTH: Final = 4
_MISREAD: Final = str.maketrans("OIL", "011", " -\t")


def readable_code(entropy: bytes) -> str:
    """Return 10 random bytes as four groups of four symbols."""
    number = int.from_bytes(entropy, "big")
    symbols = "".join(
        ALPHABET[(number >> shift) & 31]
        for shift in range(len(entropy) * 8 - 5, -1, -5)
    )
    starts = range(0, len(symbols), GROUP_LENGTH)
    return "-".join(symbols[start : start + GROUP_LENGTH] for start in starts)


def code_hash(code: str) -> str:
    """Return the hash under which a code is kept; case, gaps and O/0 do not matter.

    A plain hash is enough: 80 random bits cannot be tried out.
    """
    plain = code.strip().upper().translate(_MISREAD)
    return hashlib.sha256(plain.encode()).hexdigest()
