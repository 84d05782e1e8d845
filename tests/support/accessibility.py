"""What axe-core finds wrong with a part of a page, for the tests in a real browser."""

from __future__ import annotations

SERIOUS = ("serious", "critical")
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"


def findings_in_both_themes(page, where: str) -> list[str]:
    """Return the serious findings in the light and then in the dark theme of a JupyterLab page.

    The page has the light theme before and afterwards.
    """
    findings = []
    for theme in (LIGHT, DARK):
        choose_theme(page, theme)
        findings += [f"{theme}: {finding}" for finding in serious_findings(page, where)]
    choose_theme(page, LIGHT)
    return findings


def choose_theme(page, theme: str) -> None:
    """Choose a theme in JupyterLab's menu and wait until the page has it."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text(theme, exact=True).click()
    page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
    page.wait_for_timeout(500)  # colours change in a transition


def scroll_through(page) -> None:
    """Show every part of the open notebook once: JupyterLab draws only cells that were in view."""
    panel = page.locator(".jp-WindowedPanel-outer").first
    bottom = 0
    while bottom < (height := panel.evaluate("panel => panel.scrollHeight")):
        panel.evaluate("(panel, top) => { panel.scrollTop = top }", bottom)
        page.wait_for_timeout(50)
        bottom = min(bottom + 700, height)
    panel.evaluate("panel => { panel.scrollTop = 0 }")


def serious_findings(page, where: str) -> list[str]:
    """Return axe-core's serious findings in the parts of a page that a CSS selector names.

    Args:
        page: a page of playwright.
        where: the selector; axe-core raises an error if the page has no such part.

    Returns:
        A line for each element: the rule, its help, and the beginning of the element.
    """
    from axe_playwright_python.sync_playwright import Axe

    # JupyterLab's body has no height and cuts off what is beyond it, so axe-core takes all text for
    # hidden and skips its contrast.
    page.add_style_tag(content="body { min-height: 100vh }")
    violations = Axe().run(page, where).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:150]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
