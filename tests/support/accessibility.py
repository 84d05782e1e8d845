"""What axe-core finds wrong with a part of a page, for the tests in a real browser."""

from __future__ import annotations

SERIOUS = ("serious", "critical")


def serious_findings(page, where: str) -> list[str]:
    """Return axe-core's serious findings in the parts of a page that a CSS selector names.

    Args:
        page: a page of playwright.
        where: the selector; axe-core raises an error if the page has no such part.

    Returns:
        A line for each element: the rule, its help, and the beginning of the element.
    """
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page, where).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:150]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
