"""Security headers: what a page may load, who may frame it, what it may ask of the browser."""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

from geo_service.etags import header_of

#: What every page may load: itself and nothing from elsewhere. MapLibre starts its worker from a
#: file of the build; images it makes itself are blobs.
_SOURCES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy(**changed: str) -> str:
    """Write a content security policy (CSP Level 3).

    Parameters
    ----------
    changed
        Directives that differ from those of every page, ``_`` for ``-``.

    Examples
    --------
    >>> "frame-ancestors *" in policy(frame_ancestors="*")
    True
    """
    directives = _SOURCES | {name.replace("_", "-"): value for name, value in changed.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def page_policy(style_hash: str, *, frame_ancestors: str = "'none'", frame_src: str = "") -> str:
    """Write the policy of a page that carries its own stylesheet.

    Parameters
    ----------
    style_hash
        Source expression of the stylesheet written in the page: ``'sha256-…'``.
    frame_ancestors
        Who may show the page in a frame: ``*`` for widgets, nobody else.
    frame_src
        What the page itself shows in frames, if anything.
    """
    frames = {"frame_src": frame_src} if frame_src else {}
    return policy(style_src=f"'self' {style_hash}", frame_ancestors=frame_ancestors, **frames)


#: Nothing of the browser is asked for.
_PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
        *("encrypted-media", "geolocation", "gyroscope", "magnetometer", "microphone", "midi"),
        *("payment", "publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"),
    )
)

#: Headers of every answer; a page's own policy takes the place of the first.
HEADERS: Final = {
    "Content-Security-Policy": policy(),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": _PERMISSIONS,
    "X-Content-Type-Options": "nosniff",
}

#: Two years (RFC 6797); the subdomains of a town are its own affair.
TRANSPORT: Final = "max-age=63072000"


def behind_tls(scope: Scope) -> bool:
    """Tell whether the client came by HTTPS, here or at the proxy before us.

    ``Strict-Transport-Security`` means nothing over plain HTTP (RFC 6797 §8.1), so a client that
    forges the header of a proxy only speaks to itself.
    """
    forwarded = header_of(scope, b"x-forwarded-proto").split(b",")[0].strip()
    return scope.get("scheme") == "https" or forwarded == b"https"
