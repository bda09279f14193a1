"""QR codes as rows of modules, for whoever draws them: a page or a paper."""

from __future__ import annotations

import numpy as np
import zxingcpp


def qr_rows(text: str) -> tuple[str, ...]:
    """Return a text as QR code (error correction M) without its quiet zone, row by row (1 = dark)."""
    code = zxingcpp.create_barcode(text.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return tuple("".join("1" if pixel == 0 else "0" for pixel in row) for row in modules)
