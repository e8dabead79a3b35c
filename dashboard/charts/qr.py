"""A code as a picture that a phone reads."""

from __future__ import annotations

from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathImage


def qr_svg(text: str) -> str:
    """Return the text as a QR code, an SVG element without styles or scripts."""
    code = qrcode.QRCode(
        border=2, error_correction=qrcode.ERROR_CORRECT_M, image_factory=SvgPathImage
    )
    code.add_data(text)
    written = BytesIO()
    code.make_image().save(written)
    drawn = written.getvalue().decode()
    return drawn[drawn.index("<svg") :]
