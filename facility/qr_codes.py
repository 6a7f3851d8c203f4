"""QR codes as pictures inside a page."""

import io

import segno


def qr_code(text: str, scale: int = 5) -> str:
    """An SVG element; level M, so that a smudge does not make it unreadable."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=scale, xmldecl=False, svgns=True, nl=False)
    return out.getvalue().decode()
