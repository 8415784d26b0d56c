"""QR codes, drawn as SVG."""

from __future__ import annotations

import segno
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import InvalidInput

# A printed code of version 15 (77 × 77) is still read by an old phone from 4 cm.
MOST_BYTES = 400


def qr_svg(text: str) -> str:
    """Return an ``<svg>`` element for ``text``: no XML head, no style, sized by the page around it.

    Error correction M (15 %), a quiet zone of four modules. Raises ``InvalidInput`` above 400 bytes.
    """
    if not text or len(text.encode()) > MOST_BYTES:
        raise InvalidInput(_("二维码的内容不能为空，也不能太长。"))
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return code.svg_inline(border=4, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None)
