"""Every way to ask the service for something; the pages of codes are one mount, and stand here as routes would."""

from litestar import Litestar

from survey_app.pages.respondent import ALLOWED, MOUNT

CODE = f"{MOUNT}/{{code}}"


def list_served(app: Litestar) -> list[tuple[str, str]]:
    """Each method and path that the service answers, with its blanks."""
    routed = [(method, route.path_format) for route in app.routes for method in getattr(route, "methods", ())]
    steps = [(method, f"{CODE}/{step}".rstrip("/")) for step, methods in ALLOWED.items() for method in methods]
    return sorted({*routed, *steps})
